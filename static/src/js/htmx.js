// htmx comes from django-htmx ({% htmx_script %}) before this module; here are its settings.
import { announce } from "./announce.js";

const MESSAGES = {
  0: "Không kết nối được máy chủ. Nội dung vẫn còn trên trang; hãy kiểm tra mạng rồi thử lại.",
  401: "Phiên làm việc đã hết. Hãy mở trang đăng nhập ở thẻ mới, đăng nhập rồi thử lại.",
  403: "Không được phép thực hiện, hoặc phiên làm việc đã hết. Hãy tải lại trang.",
  404: "Nội dung này không còn nữa. Hãy tải lại trang.",
  409: "Người khác vừa cập nhật nội dung này. Hãy tải lại trang để xem bản mới nhất.",
  413: "Tệp quá lớn, máy chủ không nhận.",
  429: "Quá nhiều thao tác trong thời gian ngắn. Hãy chờ một phút rồi thử lại.",
};
const OTHER = "Hệ thống gặp lỗi, thao tác chưa được thực hiện. Hãy thử lại sau ít phút.";

export function startHtmx() {
  const { htmx } = window;
  if (!htmx) return;
  Object.assign(htmx.config, {
    includeIndicatorStyles: false,
    allowEval: false,
    allowScriptTags: false,
    historyCacheSize: 0,
    refreshOnHistoryMiss: true,
    responseHandling: [
      { code: "204", swap: false },
      { code: "[23]..", swap: true },
      { code: "422", swap: true },
      { code: "[45]..", swap: false, error: true },
    ],
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
  });
  document.addEventListener("htmx:responseError", (event) => announce(MESSAGES[event.detail.xhr.status] ?? OTHER));
  document.addEventListener("htmx:sendError", () => announce(MESSAGES[0]));
  document.addEventListener("htmx:timeout", () => announce(MESSAGES[0]));
}
