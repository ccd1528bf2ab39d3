"use strict";
fetch("/api/session").then((answer) => answer.text()).then((text) => {
  document.getElementById("session").textContent = text;
});
