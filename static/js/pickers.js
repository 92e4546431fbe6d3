// Pickers ask by POST: what people type there are names, and names never stand in an address.
"use strict";
django.jQuery.ajaxPrefilter(function (request) {
  if (request.url.endsWith("/autocomplete/")) {
    request.type = "POST";
    request.headers = { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value };
  }
});
// What select2 shows instead of a list is read out by the list's own label. Django makes it once jQuery is ready, which
// may be after the page has loaded: whoever asks jQuery then comes last.
window.addEventListener("load", function () {
  django.jQuery(function () {
    for (const shown of document.querySelectorAll(".select2-selection__rendered")) {
      const list = shown.closest(".select2-container").previousElementSibling;
      const label = list && list.labels && list.labels[0];
      if (label) shown.setAttribute("aria-label", label.textContent.replace("：", "").trim());
    }
  });
});
