// [data-file] around an <input type="file">: lists the chosen names and sizes, and says before
// sending which file is too big (data-max-bytes on the wrapper or the input).
const number = new Intl.NumberFormat("vi-VN", { maximumFractionDigits: 1 });

export function size(bytes) {
  if (bytes < 1024) return `${number.format(bytes)} byte`;
  if (bytes < 1024 * 1024) return `${number.format(bytes / 1024)} KB`;
  return `${number.format(bytes / 1024 / 1024)} MB`;
}

function show(input) {
  const wrapper = input.closest("[data-file]");
  const list = wrapper?.querySelector("[data-file-names]");
  if (!list) return;
  const limit = Number(input.dataset.maxBytes || wrapper.dataset.maxBytes) || Infinity;
  const tooBig = [];
  const rows = Array.from(input.files, (file) => {
    const row = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = file.name;
    const bytes = document.createElement("span");
    bytes.className = "pp-file-size";
    bytes.textContent = size(file.size);
    row.append(name, bytes);
    if (file.size > limit) tooBig.push(file.name);
    return row;
  });
  let problem = "";
  if (tooBig.length) {
    problem = `Tệp ${tooBig.join(", ")} lớn hơn mức cho phép (${size(limit)}). Hãy giảm dung lượng hoặc chia nhỏ tệp, rồi chọn lại.`;
    const row = document.createElement("li");
    row.className = "pp-errors";
    row.textContent = problem;
    rows.push(row);
  }
  list.replaceChildren(...rows);
  input.setCustomValidity(problem);
  if (problem) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

export function startFiles() {
  document.addEventListener("change", (event) => {
    if (event.target.matches?.('input[type="file"]')) show(event.target);
  });
}
