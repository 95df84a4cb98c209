"""What the terminal says, in Vietnamese and English."""

from __future__ import annotations

from eid.samples.phrasebook import Phrasebook

WORDS: dict[str, tuple[str, str]] = {
    "name": ("Kiểm tra giấy phép lái xe", "Licence check"),
    "unit": ("Đội tuần tra thử nghiệm", "Sample patrol"),
    "made_up": (
        "Thiết bị mô phỏng. Không lưu lại điều gì về người lái xe.",
        "A simulated terminal. Nothing about a driver is kept.",
    ),
    "scan": ("Quét bằng máy ảnh", "Scan with the camera"),
    "stop": ("Dừng máy ảnh", "Stop the camera"),
    "camera_refused": (
        "Không mở được máy ảnh. Dán mã vào ô bên dưới.",
        "The camera could not be opened. Paste the code below.",
    ),
    "paste": ("Mã trên màn hình của người lái xe", "The code on the driver's screen"),
    "paste_hint": (
        "Giấy phép lái xe, hoặc mã căn cước. Ứng dụng máy ảnh của điện thoại cũng đọc được mã này.",
        "A driving licence, or an identity card's code. A phone's own camera reads it, too.",
    ),
    "check": ("Kiểm tra", "Check"),
    "next": ("Kiểm tra người tiếp theo", "Next driver"),
    "trust": ("Thiết bị tin ai", "Whom this terminal believes"),
    "trust_none": (
        "Chưa nạp khoá nào: hãy nạp khi có mạng, trước ca trực.",
        "No keys are loaded yet: load them where there is network, before the shift.",
    ),
    "trust_loaded": ("Khoá và danh sách trạng thái nạp lúc", "Keys and status lists loaded at"),
    "trust_keys": ("Khoá", "Keys"),
    "trust_lists": ("Danh sách trạng thái", "Status lists"),
    "load": ("Nạp lại khi có mạng", "Load now, with network"),
    "outcome_valid": ("CÓ GIÁ TRỊ", "VALID"),
    "outcome_suspended": ("TẠM ĐÌNH CHỈ", "SUSPENDED"),
    "outcome_revoked": ("ĐÃ THU HỒI", "REVOKED"),
    "outcome_expired": ("HẾT HẠN", "EXPIRED"),
    "outcome_unverified": ("CHƯA KIỂM TRA XONG", "NOT YET VERIFIED"),
    "outcome_not_genuine": ("KHÔNG ĐÚNG", "NOT GENUINE"),
    "outcome_identity": ("CĂN CƯỚC", "IDENTITY"),
    "reason_valid": ("Được lái các hạng ghi bên dưới.", "May drive the classes below."),
    "reason_identity": (
        "Mã căn cước là thật. Nó nói người này là ai, không nói được lái xe: so mặt, rồi hỏi giấy phép.",
        "A genuine card's code. It says who this is, not whether they may drive: compare the face, then ask for the licence.",
    ),
    "reason_status_unknown": (
        "Giấy phép là thật và còn hạn, nhưng chưa biết có bị thu hồi hay đình chỉ không: không có mạng và không có danh sách "
        "đủ mới.",
        "Genuine and in date, but whether it was revoked or suspended is not known: no network, and no list that is new enough.",
    ),
    "reason_status_invalid": (
        "Mã này đã bị rút lại sau khi tạo: giấy phép bị thu hồi, hoặc nội dung đã đổi. Yêu cầu tạo mã mới.",
        "Withdrawn since it was made: the licence was revoked, or what it says has changed. Ask for a new code.",
    ),
    "reason_status_suspended": (
        "Giấy phép, hoặc tài khoản định danh của người này, đang bị tạm dừng.",
        "The licence, or its holder's identification account, is suspended.",
    ),
    "reason_status_strange": (
        "Danh sách ghi một trạng thái mà thiết bị không biết.",
        "The list has a status that this terminal does not know.",
    ),
    "reason_licence_revoked": ("Cơ quan cấp đã thu hồi giấy phép.", "The authority has revoked the licence."),
    "reason_licence_suspended": ("Cơ quan cấp đang tạm giữ quyền lái xe.", "The authority has suspended the licence."),
    "reason_no_points": ("Đã hết điểm: không được lái xe.", "No points are left: may not drive."),
    "reason_classes_expired": ("Không còn hạng nào trong thời hạn.", "No class is in force any more."),
    "reason_may_not_drive": ("Cơ quan cấp ghi: không được lái xe.", "The authority says: may not drive."),
    "reason_code_expired": (
        "Mã đã quá hạn: giấy phép có thể vẫn tốt. Yêu cầu tạo mã mới.",
        "The code has expired: the licence may be good. Ask for a new one.",
    ),
    "reason_clock_wrong": (
        "Mã đến từ tương lai: đồng hồ của thiết bị này sai. Chỉnh giờ rồi kiểm tra lại.",
        "The code is from the future: this terminal's clock is wrong. Set it, then check again.",
    ),
    "reason_key_unknown": (
        "Ký bằng khoá chưa được nạp: có thể là khoá mới. Nạp lại khi có mạng rồi kiểm tra lại.",
        "Signed by a key that was not loaded: it may be new. Load again where there is network, then check again.",
    ),
    "reason_nothing_loaded": ("Thiết bị chưa nạp khoá nào.", "No keys are loaded in this terminal."),
    "reason_not_a_code": (
        "Không phải mã của giấy phép lái xe hay căn cước.",
        "No code of a licence or an identity card.",
    ),
    "reason_forged": ("Chữ ký không khớp: mã bị sửa hoặc giả.", "The signature does not hold: altered or forged."),
    "reason_another_issuer": ("Do nơi khác cấp.", "Issued by somebody else."),
    "reason_for_somebody_else": (
        "Mã này cấp cho một dịch vụ, không phải để xuất trình.",
        "Made for a service, and not to be shown.",
    ),
    "reason_lives_too_long": ("Mã căn cước tự nhận sống quá lâu.", "A card's code that claims to live too long."),
    "claim_name": ("Họ và tên", "Name"),
    "claim_birthdate": ("Ngày sinh", "Date of birth"),
    "claim_pin": ("Số định danh cá nhân", "PIN"),
    "claim_number": ("Số giấy phép", "Licence number"),
    "claim_points": ("Điểm còn lại", "Points left"),
    "classes": ("Hạng", "Classes"),
    "no_end": ("không thời hạn", "no end"),
    "over": ("hết hạn", "expired"),
    "compare": ("So mặt người lái xe với ảnh trên thẻ.", "Compare the driver with the photo on their card."),
    "steps": ("Đã kiểm tra", "What was checked"),
    "step_typ": ("Đúng loại mã", "The right kind of code"),
    "step_key": ("Khoá đã nạp từ trước", "A key that was loaded before"),
    "step_signature": ("Chữ ký", "Signature"),
    "step_issuer": ("Nơi cấp và mục đích xuất trình", "Issuer, and that it is for showing"),
    "step_time": ("Thời hạn của mã", "Time of the code"),
    "step_content": ("Được lái xe theo nội dung", "May drive, by what it says"),
    "step_status": ("Trạng thái", "Status"),
    "status_now": ("Trạng thái hỏi qua mạng, lúc", "Status asked over the network, as of"),
    "status_kept": ("Không có mạng. Trạng thái theo danh sách lúc", "No network. Status by the list of"),
    "status_nowhere": ("Chưa biết trạng thái", "The status is not known"),
    "shown_before": ("Chính mã này đã được xuất trình ở đây lúc", "This very code was shown here before, at"),
    "shown_until": (
        "Ai có ảnh chụp mã này cũng xuất trình được nó, đến",
        "Whoever has a picture of this code can show it, until",
    ),
    "problem_offline": ("Không có mạng", "No network"),
    "problem_offline_text": (
        "Thiết bị vẫn kiểm tra bằng những gì đã nạp.",
        "The terminal goes on with what was loaded before.",
    ),
    "problem_distrusted": ("Không nạp", "Not loaded"),
    "problem_distrusted_text": (
        "Những gì nhận được không qua được kiểm tra. Thiết bị giữ những gì đã có.",
        "What came did not pass our checks. The terminal keeps what it had.",
    ),
    "problem_missing": ("Không có trang này", "There is no such page"),
    "problem_missing_text": ("Quay lại màn hình kiểm tra.", "Go back to the check."),
    "back": ("Quay lại", "Back"),
}

PHRASES = Phrasebook(WORDS, cookie="roadside_language", back=lambda: "/")
