"""What the counter says, in Vietnamese and English."""

from __future__ import annotations

from flask import request

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}

WORDS: dict[str, tuple[str, str]] = {
    "name": ("Phòng khám Đa khoa Thử Nghiệm", "Thử Nghiệm General Clinic"),
    "counter": ("Quầy tiếp đón", "Reception"),
    "made_up": (
        "Phòng khám mô phỏng, mọi người ở đây đều không có thật.",
        "A simulated clinic; everybody here is made up.",
    ),
    "hello": ("Xin chào, mời quý khách làm thủ tục", "Welcome, please check in"),
    "lead": (
        "Đăng nhập bằng định danh điện tử. Phòng khám đọc thẻ bảo hiểm y tế của quý khách và tự kiểm tra ngay tại quầy.",
        "Sign in with your electronic identity. We read your health insurance card and verify it here at the counter.",
    ),
    "sign_in": ("Đăng nhập bằng định danh điện tử", "Sign in with electronic identity"),
    "asks": ("Phòng khám sẽ hỏi", "We will ask for"),
    "ask_profile": ("Họ tên, ngày sinh, giới tính", "Name, date of birth, sex"),
    "ask_health_insurance": (
        "Thẻ bảo hiểm y tế (quý khách có thể không chia sẻ)",
        "Health insurance card (you may decline)",
    ),
    "ask_driving_licence": (
        "Giấy phép lái xe, cho giấy khám sức khoẻ lái xe (có thể không chia sẻ)",
        "Driving licence, for a driver's check-up (you may decline)",
    ),
    "patient": ("Người bệnh", "Patient"),
    "checked_in": ("Đã tiếp đón", "Checked in"),
    "full_name": ("Họ và tên", "Full name"),
    "birthdate": ("Ngày sinh", "Date of birth"),
    "gender": ("Giới tính", "Sex"),
    "male": ("Nam", "Male"),
    "female": ("Nữ", "Female"),
    "level": ("Mức xác thực", "Authentication level"),
    "health_insurance": ("Thẻ bảo hiểm y tế", "Health insurance card"),
    "driving_licence": ("Giấy phép lái xe", "Driving licence"),
    "card_code": ("Mã thẻ", "Card code"),
    "number": ("Số", "Number"),
    "object_code": ("Nhóm đối tượng", "Group of insured people"),
    "benefit_level": ("Mức hưởng", "Benefit level"),
    "fund_share": ("Quỹ chi trả", "The fund pays"),
    "facility_name": ("Nơi khám bệnh ban đầu", "First facility"),
    "valid_to": ("Giá trị đến", "Valid to"),
    "classes": ("Hạng", "Classes"),
    "points": ("Điểm", "Points"),
    "may_drive": ("Được lái xe", "May drive"),
    "yes": ("Có", "Yes"),
    "no": ("Không", "No"),
    "verified": ("Đã kiểm tra tại quầy", "Verified at the counter"),
    "none": ("Người bệnh không có giấy tờ này", "The patient has no such paper"),
    "not_shared": ("Người bệnh không chia sẻ", "Not shared by the patient"),
    "ended": ("Giấy tờ không còn giá trị", "No longer valid"),
    "failed": ("Không kiểm tra được, không chấp nhận", "Could not be verified, not accepted"),
    "how_sign_in": ("Lượt đăng nhập đã được kiểm tra thế nào", "How the sign-in was verified"),
    "how_paper": (
        "Giấy tờ đã được kiểm tra thế nào, không cần hỏi ai",
        "How the paper was verified, without asking anybody",
    ),
    "step_typ": ("Đúng loại giấy tờ", "The right kind of paper"),
    "step_key": ("Khoá do dịch vụ công bố", "A key that the service publishes"),
    "step_signature": ("Chữ ký đúng", "The signature holds"),
    "step_iss": ("Do dịch vụ định danh cấp", "Issued by the identity service"),
    "step_aud": ("Dành riêng cho phòng khám này", "Meant for this clinic"),
    "step_sub": ("Của chính người vừa đăng nhập", "Of the person who signed in"),
    "step_time": ("Còn hiệu lực, đến", "Valid now, until"),
    "step_nonce": ("Trả lời đúng yêu cầu của quầy", "Answers the request of this counter"),
    "step_acr": ("Mức xác thực đạt yêu cầu", "The level that was asked for"),
    "step_auth_time": ("Thời điểm đăng nhập", "Time of sign-in"),
    "sign_out": ("Kết thúc lượt khám", "Finish"),
    "again": ("Làm lại", "Start again"),
    "problem_cancelled": ("Quý khách đã không đồng ý", "You did not agree"),
    "problem_cancelled_text": (
        "Không có thông tin nào được chia sẻ. Quý khách có thể làm lại, hoặc làm thủ tục bằng giấy tại quầy.",
        "Nothing was shared. You can start again, or check in on paper at the counter.",
    ),
    "problem_failed": ("Không đăng nhập được", "The sign-in did not work"),
    "problem_failed_text": (
        "Câu trả lời nhận được không qua được kiểm tra, nên phòng khám không dùng. Mời quý khách làm lại.",
        "The answer that came back did not pass our checks, so we do not use it. Please start again.",
    ),
    "problem_unreachable": ("Chưa liên lạc được với dịch vụ định danh", "The identity service cannot be reached"),
    "problem_unreachable_text": ("Mời quý khách thử lại sau ít phút.", "Please try again in a few minutes."),
    "problem_missing": ("Không có trang này", "There is no such page"),
    "problem_missing_text": ("Mời quý khách quay lại quầy tiếp đón.", "Please go back to reception."),
}


def choose_language() -> str:
    """The language that was chosen here, else the browser's, else Vietnamese."""
    chosen = request.cookies.get("clinic_language", "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "vi") or "vi"


def say(key: str) -> str:
    vietnamese, english = WORDS[key]
    return english if choose_language() == "en" else vietnamese
