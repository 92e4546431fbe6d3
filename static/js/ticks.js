// The boxes before the rows of a list: the one in the head ticks all, and the bar says how many are ticked.
"use strict";
(() => {
  const form = document.getElementById("ticked-rows");
  if (!form) return;
  const boxes = [...form.querySelectorAll("input[name=row]")];
  const all = document.getElementById("tick-all");
  const count = form.querySelector(".ticked-count");
  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    count.textContent = ticked ? `已选 ${ticked} 行` : "";
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  all.addEventListener("change", () => {
    boxes.forEach((box) => { box.checked = all.checked; });
    tell();
  });
  boxes.forEach((box) => box.addEventListener("change", tell));
  window.addEventListener("pageshow", tell);
})();
