// Demonstration accounts on the log-in page: data-fill-login, data-fill-password fill the form.
export function startLogin() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill-login]");
    if (!button) return;
    document.getElementById("id_login").value = button.dataset.fillLogin;
    const password = document.getElementById("id_password");
    password.value = button.dataset.fillPassword ?? "";
    password.focus();
    password.scrollIntoView({ block: "center" });
  });
}
