/* Adds “显示密码” to forms in which a new password is chosen. Without JavaScript they work as they are. */
document.querySelectorAll("form[data-show-password]").forEach((form) => {
  const fields = form.querySelectorAll("input[type=password]");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.addEventListener("change", () => {
    fields.forEach((field) => { field.type = box.checked ? "text" : "password"; });
  });
  const label = document.createElement("label");
  label.className = "show-password";
  label.append(box, " 显示密码");
  form.querySelector("button[type=submit]").before(label);
});
