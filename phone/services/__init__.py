"""Every write that begins on a phone."""

from phone.services.contact import phone_heard
from phone.services.entering import arrival_enter, incident_enter, visit_enter
from phone.services.epoch import epoch_renew
from phone.services.photo import UnknownEntryError, photo_look, photo_take
from phone.services.phrase import digest_plan_set, phrase_remove, phrase_save
from phone.services.post import leave_begin, leave_end, post_hand_over
from phone.services.submission import submission_drop, submission_enter, submission_entry, submission_take
from phone.services.undoing import undo_enter

__all__ = [
    "UnknownEntryError",
    "arrival_enter",
    "digest_plan_set",
    "epoch_renew",
    "incident_enter",
    "leave_begin",
    "leave_end",
    "phone_heard",
    "photo_look",
    "photo_take",
    "phrase_remove",
    "phrase_save",
    "post_hand_over",
    "submission_drop",
    "submission_enter",
    "submission_entry",
    "submission_take",
    "undo_enter",
    "visit_enter",
]
