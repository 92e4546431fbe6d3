"""Every function that writes into the trail is known, with the address whose deed goes through it, or the reason for none.

The functions are found in the source: whoever calls `audit_event_record` or `audit_alarm`, by itself or through private
helpers of its module. The deeds themselves are done in `test_every_deed_is_trailed.py`; commands have tests of their own in tests/accounts/.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from django.apps import apps

from tests.house.source import ROOT
from tests.privacy import deeds, deeds_desk, deeds_programs
from tests.privacy.deeds_forms import FORMS

ROWS = {"audit_event_record", "audit_alarm", "_audit"}  # the last is that of the base of all admins
COMMAND = "a command on the server"
WRITERS: dict[str, str] = {
    "accounts.admin.audit.export_view": "admin:audit_auditevent_export",
    "adminkit.base.audit_change": "admin:buildings_place_change",
    "adminkit.base.log_addition": "admin:buildings_place_add",
    "gatherings.services.make_up_plan": "gatherings:behind",
    "audit.chain.audit_purge": COMMAND,
    "audit.tidying.tidy": "the worker, and a command on the server; in tests/audit/test_tidying.py",
    "accounts.forms.clean": "accounts:login",
    "accounts.lockout.user_login_failed": "accounts:login",
    "accounts.management.commands.createsuperuser.handle": COMMAND,
    "accounts.management.commands.rotate_keys.handle": COMMAND,
    "accounts.management.commands.texts_set_aside.handle": COMMAND,
    "accounts.second_step.backup_codes_renew": "accounts:second_step_enrol",
    "accounts.second_step.second_factor_check": "accounts:second_step",
    "accounts.second_step.second_factor_confirm": "accounts:second_step_enrol",
    "accounts.second_step.second_factor_reset": "admin:accounts_user_second-factor",
    "accounts.services.account_change": "admin:accounts_user_change",
    "accounts.services.account_create": "admin:accounts_user_add",
    "accounts.services.account_disable": "admin:accounts_user_disable",
    "accounts.services.account_enable": "admin:accounts_user_enable",
    "accounts.services.accounts_open": "cadres:holder_accounts",
    "accounts.services.account_set_password": "admin:accounts_user_password",
    "accounts.setup.setup_finish": COMMAND,
    "backups.services.restore_note": COMMAND,
    "api.services.client.client_change": "admin:api_apiclient_change",
    "api.services.client.client_open": "admin:api_apiclient_add",
    "api.services.client.client_reopen": "admin:api_apiclient_reopen",
    "api.services.client.client_shut": "admin:api_apiclient_shut",
    "api.services.client.token_issue": "admin:api_apiclient_issue",
    "api.services.client.token_revoke": "admin:api_apitoken_revoke",
    "api.services.outbox.delivery_replay": "admin:api_delivery_replay",
    "api.services.receiver.event_type_set": "admin:api_eventtype_add",
    "api.services.receiver.platform_set": "admin:api_platform_add",
    "api.services.receiver.secret_renew": "admin:api_webhook_secret",
    "api.services.receiver.webhook_change": "admin:api_webhook_change",
    "api.services.receiver.webhook_open": "admin:api_webhook_add",
    "api.services.receiver.webhook_switch": "admin:api_webhook_stop",
    "api.views.base.names_note": "api:appointment_list",
    "api.views.writing.answer_once": "api:visit_list",
    "api.views.writing.done": "api:visit_list",
    "boards.services.boards_hand_out": "boards:pdf",
    "buildings.services.place_code_renew": "boards:renew",
    "boards.services.contact_agree": "boards:contact",
    "boards.services.contact_withdraw": "boards:contact",
    "boards.services.duty_line_set": "boards:line",
    "buildings.exporting.export_action": "admin:residents_resident_export",
    "buildings.services.place_grant_end": "admin:buildings_placegrant_end",
    "buildings.services.place_grant_give": "admin:buildings_placegrant_add",
    "cadres.emergency.emergency_end": "cadres:emergency_end",
    "cadres.emergency.emergency_open": "cadres:emergency",
    "concerns.services.concern_become_incident": "concerns:incident",
    "concerns.services.concern_close": "concerns:close",
    "concerns.services.concern_take": "concerns:take",
    "concerns.services.concern_terms_set": "concerns:terms",
    "proposals.services.proposal_decline": "proposals:decline",
    "demo.sign_ins.open_accounts": COMMAND,
    "duties.actions.duty_stand_in_assign": "duties:duty_handle",
    "duties.realigning.clocks_realign": COMMAND,
    "messaging.services.addresses_set": "messaging:names",
    "messaging.services.channel_set": "messaging:channel",
    "phone.services.post.leave_begin": "phone:leave",
    "phone.services.post.leave_end": "phone:back",
    "phone.services.post.post_hand_over": "phone:hand_over",
    "phone.services.undoing.undo_enter": "an entry of a phone, in tests/phone/test_undo.py",
    "phone.views.incident.close": "phone:close",
    "repairs.services.rule.repair_rule_publish": "repairs:rules",
    "repairs.services.step.repair_step_void": "repairs:void",
    "reports.services.report_issue": "reports:index",
    "audit.revealing.reveal_note": "admin:residents_resident_reveal",
    "rosters.imports.roster_import": "the worker, in test_an_import_has_its_row",
    "visits.services.merging.residents_merge": "visits:doubles_pair",
    "visits.services.merging.residents_merge_undo": "visits:doubles_undo",
    "rosters.undoing.import_run_undo": "rosters:undo",
    "search.services.number_look_up": "search:search",
    "visits.admin.resident.log_addition": "admin:residents_resident_add",
    "visits.admin.rule.publish": "admin:visits_visitrule_add",
    "visits.services.going_live.go_live_confirm": "visits:go_live",
    "visits.services.sheet.sheet_enter": "visits:sheets_take",
    "visits.services.rule.rules_adopt": "admin:visits_visitrule_rulebook",
    "visits.services.erasing.erased_again": COMMAND,
    "visits.services.erasing.erasure_confirm": "admin:residents_erasure_confirm",
    "visits.services.erasing.erasure_propose": "admin:residents_resident_erase",
    "visits.services.erasing.erasure_refuse": "admin:residents_erasure_refuse",
    "visits.services.erasing.erasure_withdraw": "admin:residents_erasure_withdraw",
    "visits.services.leaving.resident_leave": "admin:residents_resident_leave",
    "visits.services.leaving.resident_return": "admin:residents_resident_return",
}


def writers() -> set[str]:
    """As "accounts.services.account_create", of every app."""
    return {
        f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}.{name}"
        for path in sources()
        for name in _public_writers(ast.parse(path.read_text(encoding="utf-8")))
    }


def sources() -> Iterator[Path]:
    for app in apps.get_app_configs():
        folder = Path(app.path)
        if folder.is_relative_to(ROOT) and ".venv" not in folder.parts:
            yield from (path for path in folder.rglob("*.py") if "migrations" not in path.parts)


def _public_writers(tree: ast.Module) -> set[str]:
    calls: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            calls[node.name] = calls.get(node.name, set()) | {
                found.id if isinstance(found, ast.Name) else found.attr
                for call in ast.walk(node)
                if isinstance(call, ast.Call)
                for found in [call.func]
                if isinstance(found, ast.Name | ast.Attribute)
            }
    write = {name for name, called in calls.items() if called & ROWS}
    while True:
        private = {name for name in write if name.startswith("_")}
        more = {name for name, called in calls.items() if called & private} - write
        if not more:
            return {name for name in write if not name.startswith("_")} - ROWS
        write |= more


def test_it_works() -> None:
    assert writers() == set(WRITERS)


def test_each_is_done_by_a_deed() -> None:
    of_apps = chain.from_iterable(deeds.of_apps("DEEDS"))
    done = {deed.name for deed in [*deeds.DEEDS, *deeds_programs.DEEDS, *deeds_desk.DEEDS, *of_apps]} | {
        name for forms in FORMS.values() for name in forms
    }
    addresses = {name for name in WRITERS.values() if " " not in name}
    assert addresses - done == set()
