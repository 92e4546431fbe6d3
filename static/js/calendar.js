// The admin's calendar names its days in Chinese; Django's own translation leaves them in English.
"use strict";
if (window.CalendarNamespace) {
  window.CalendarNamespace.daysOfWeekInitial = ["日", "一", "二", "三", "四", "五", "六"];
}
