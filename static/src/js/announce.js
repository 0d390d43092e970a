// Shows a problem in the page's live region (#pp-live of base.html), heard by screen readers too.
export function announce(text) {
  const region = document.getElementById("pp-live");
  if (!region) return;
  const box = document.createElement("div");
  box.className = "pp-alert pp-state-over";
  const message = document.createElement("div");
  message.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.setAttribute("aria-label", "Đóng");
  close.addEventListener("click", () => box.remove());
  box.append(message, close);
  region.replaceChildren(box);
  region.scrollIntoView({ block: "nearest" });
}
