// Pickers ask by POST: what people type there are names, and names never stand in an address.
"use strict";
django.jQuery.ajaxPrefilter(function (request) {
  if (request.url.endsWith("/autocomplete/")) {
    request.type = "POST";
    request.headers = { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value };
  }
});
