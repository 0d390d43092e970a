"""What was done, as people say it.

Definitions:

* *Exceptions* are extensions, reopenings, windows and other departures from the dates of a plan, by the words of
  their action (``EXCEPTION_WORDS``).
"""

ACTION_LABELS = {
    "progress.start": "bắt đầu viết báo cáo",
    "progress.save": "lưu nháp báo cáo",
    "progress.submit": "gửi báo cáo để duyệt",
    "progress.accept": "duyệt báo cáo",
    "progress.return": "trả lại báo cáo",
    "progress.correct": "mở điều chỉnh báo cáo đã duyệt",
    "progress.give_up": "bỏ điều chỉnh, giữ bản đã duyệt",
    "progress.forward": "trình thủ trưởng duyệt báo cáo",
    "progress.approve": "thủ trưởng duyệt gửi báo cáo",
    "progress.hand_back": "thủ trưởng chuyển lại báo cáo",
    "progress.withdraw": "rút báo cáo",
    "progress.judge": "đánh giá tài liệu kiểm chứng",
    "progress.ask": "hỏi thêm về báo cáo",
    "progress.reply": "trả lời câu hỏi về báo cáo",
    "progress.answer": "trả lời kiến nghị",
    "progress.replace": "thay tài liệu đã gửi",
    "request.open": "gửi đề nghị về nhiệm vụ",
    "request.withdraw": "rút đề nghị",
    "request.grant": "đồng ý đề nghị (gia hạn, chuyển nhiệm vụ)",
    "request.decline": "không đồng ý đề nghị",
    "ruling.suspend": "tạm dừng nhiệm vụ",
    "ruling.resume": "cho tiếp tục nhiệm vụ",
    "ruling.cancel": "bãi bỏ nhiệm vụ",
    "ruling.finish": "kết thúc nhiệm vụ",
    "ruling.internal_due": "đặt hạn nội bộ",
    "ruling.condition_met": "ghi nhận đã đến điều kiện",
    "ruling.extension": "gia hạn",
    "ruling.carried_due": "giữ thời hạn khi chuyển giao",
    "ruling.done_rule": "đặt cách xác định hoàn thành",
    "ruling.task_done": "kết luận nhiệm vụ hoàn thành",
    "assignment.moved": "chuyển giao nhiệm vụ",
    "assignment.kept": "giữ nguyên nhiệm vụ khi sắp xếp",
    "assignment.ended": "kết thúc nhiệm vụ khi sắp xếp",
    "amendment.begin": "lập văn bản sửa đổi kế hoạch",
    "amendment.edit": "sửa thông tin văn bản sửa đổi",
    "amendment.line": "ghi nội dung sửa đổi",
    "amendment.take_off": "bỏ nội dung sửa đổi",
    "amendment.confirm": "xác nhận sửa đổi kế hoạch",
    "amendment.discard": "bỏ văn bản sửa đổi",
    "task.carry": "chuyển tiếp nhiệm vụ từ kế hoạch trước",
    "task.members": "cập nhật phân công theo nhóm cơ quan",
    "target.choose_baseline": "chọn năm gốc của mục tiêu",
    "reminder.remind": "nhắc việc tự động",
    "reminder.chase": "đôn đốc",
    "window.allow_late": "cho phép nộp muộn",
    "window.extend_for_all": "gia hạn kỳ cho tất cả do sự cố",
    "period.add": "thêm kỳ báo cáo",
    "period.close": "chốt kỳ báo cáo",
    "period.reopen": "mở lại kỳ báo cáo",
    "plan.create": "tạo kế hoạch",
    "plan.issue": "ban hành kế hoạch",
    "plan.hand_out": "giao nhiệm vụ của kế hoạch",
    "plan.end": "kết thúc kế hoạch",
    "plan.replace": "ghi kế hoạch được thay thế",
    "membership.join": "giao vai trò",
    "membership.leave": "kết thúc vai trò",
    "designation.add": "phân công cơ quan thẩm định",
    "report.request": "yêu cầu xuất báo cáo",
    "report.retry": "yêu cầu xuất lại báo cáo",
    "report.ready": "xuất xong báo cáo",
    "trail.seal": "niêm phong dữ liệu có từ trước",
    "approval.require": "quy định thủ trưởng duyệt trước khi gửi",
    "approval.release": "bỏ quy định thủ trưởng duyệt",
    "approval.delegate": "ủy quyền duyệt",
    "approval.revoke": "thu hồi ủy quyền",
    "reorganisation.propose": "lập phương án sắp xếp",
    "reorganisation.edit": "sửa phương án sắp xếp",
    "reorganisation.discard": "bỏ phương án sắp xếp",
    "reorganisation.apply": "áp dụng phương án sắp xếp",
    "agency.enter": "thành lập cơ quan",
    "agency.rename": "đổi tên cơ quan",
    "agency.end": "kết thúc hoạt động cơ quan",
    "group.join": "thêm thành viên nhóm cơ quan",
    "group.leave": "kết thúc thành viên nhóm cơ quan",
    "designation.follow": "chuyển phân công thẩm định sang cơ quan kế thừa",
    "province.enter": "thành lập tỉnh do sáp nhập",
    "province.end": "kết thúc tỉnh do sáp nhập",
    "province.add": "thêm tỉnh",
    "province.change": "sửa thông tin tỉnh",
    "agency.add": "thêm cơ quan",
    "agency.change": "sửa thông tin cơ quan",
    "agencygroup.add": "thêm nhóm cơ quan",
    "agencygroup.change": "sửa nhóm cơ quan",
    "designation.end": "kết thúc phân công thẩm định",
    "designation.change": "sửa phân công cơ quan thẩm định",
    "result.add": "nhập kết quả công bố",
    "result.change": "sửa kết quả công bố",
    "result.import": "nhập bảng kết quả công bố",
    "survey.import": "nhập kết quả khảo sát",
    "user.add": "thêm tài khoản",
    "user.change": "sửa tài khoản",
    "user.password": "đặt lại mật khẩu",
}
# Parts of the names of actions that depart from a plan's dates: reopenings, late leave and outages, granted requests
# for more time (and for another agency: one step grants both), suspensions and internal days.
EXCEPTION_WORDS = (
    "period.reopen",
    "window.",
    "request.grant",
    "ruling.suspend",
    "ruling.resume",
    "ruling.extension",
    "ruling.internal_due",
)


def action_label(action: str) -> str:
    """Return what was done, as people say it; the code where nobody has said it yet."""
    return ACTION_LABELS.get(action, action)


def is_exception(action: str) -> bool:
    """Tell whether an action departs from a plan's dates."""
    return any(word in action for word in EXCEPTION_WORDS)
