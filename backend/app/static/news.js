// Says so when no new figures arrive, since a page that stands still looks like work that stands still.
"use strict";
(() => {
  function tell(isSilent) {
    const place = document.querySelector("[data-no-news]");
    if (place) place.hidden = !isSilent;
  }

  document.addEventListener("htmx:sendError", () => tell(true));
  document.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr.status;
    if (status) tell(status >= 500);
  });
})();
