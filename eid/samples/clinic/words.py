"""What the counter says, in Vietnamese and English."""

from __future__ import annotations

from flask import session

from eid.samples.phrasebook import Phrasebook

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
    "or_card": ("Hoặc đặt thẻ căn cước lên đầu đọc", "Or put your identity card on the reader"),
    "or_phone": ("Hoặc để quầy hỏi điện thoại của quý khách", "Or let the counter ask your phone"),
    "phone_title": ("Hỏi điện thoại của người bệnh", "Ask the patient's phone"),
    "phone_lead": (
        "Người bệnh đọc số định danh, rồi tự xác nhận trên điện thoại đã gắn với tài khoản hoặc trên trang của mình.",
        "The patient says their number, and confirms on the phone that their account is bound to, or on their own page.",
    ),
    "phone_ask": ("Gửi câu hỏi", "Send the question"),
    "phone_waiting": ("Đang chờ người bệnh xác nhận", "Waiting for the patient"),
    "phone_compare": (
        "Cho người bệnh xem màn hình này: hai chữ số để nhập, và lời nhắn phải giống trên điện thoại.",
        "Show the patient this screen: two digits to enter, and a message that the phone must show as well.",
    ),
    "phone_number": ("Hai chữ số", "Two digits"),
    "phone_message": ("Lời nhắn", "Message"),
    "phone_look": ("Xem đã có câu trả lời chưa", "See whether there is an answer"),
    "card_title": ("Đặt thẻ căn cước lên đầu đọc", "Put the identity card on the reader"),
    "card_lead": (
        "Chip của thẻ chứng minh thẻ là thật. Cùng với thẻ, phòng khám nhận số bảo hiểm y tế của quý khách.",
        "The card's chip proves that it is genuine. With it we receive your health insurance number.",
    ),
    "cards_here": ("Thẻ trên đầu đọc (mô phỏng)", "Cards on the reader (simulated)"),
    "no_cards": ("Quầy này không có đầu đọc thẻ.", "There is no card reader at this counter."),
    "take_card": ("Đọc thẻ", "Read the card"),
    "card_consent": (
        "Khi đưa thẻ tại quầy, quý khách đồng ý cho phòng khám xem thẻ bảo hiểm y tế, ngoài ra không xem gì khác. "
        "Lần xem này được ghi lại; quý khách đọc được trên trang định danh của mình.",
        "By holding out the card at the counter you agree that we read your health insurance, and nothing else. "
        "It is recorded, and you can read it on your identity page.",
    ),
    "back": ("Quay lại", "Back"),
    "photo": ("Ảnh trên chip, do chương trình vẽ", "Portrait from the chip, drawn by a program"),
    "pin": ("Số định danh cá nhân", "Personal identification number"),
    "the_card": ("Thẻ căn cước", "Identity card"),
    "card_genuine": ("Thẻ thật, còn giá trị", "Genuine and valid"),
    "how_card_here": (
        "Quầy đã kiểm tra kết quả thế nào",
        "How the counter verified the result",
    ),
    "how_card_there": ("Dịch vụ định danh đã kiểm tra thẻ thế nào", "How the identity service verified the card"),
    "result_passed": ("đạt", "passed"),
    "result_not_checked": ("không kiểm tra", "not checked"),
    "result_known_deviation": ("sai khác đã biết", "known deviation"),
    "result_failed": ("không đạt", "failed"),
    "by_card": ("Nhận cùng với thẻ căn cước", "Received with the identity card"),
    "none_in_force": ("Không có thẻ bảo hiểm y tế còn giá trị", "No health insurance in force"),
    "insurance_number": ("Mã số bảo hiểm xã hội", "Social insurance number"),
    "valid_from": ("Giá trị từ", "Valid from"),
    "open_end": ("không ghi ngày kết thúc", "no end is set"),
    "step_receipt": ("Biên nhận do dịch vụ ký, khoá", "Receipt signed by the service, key"),
    "step_files": ("Nói về đúng các tệp vừa đọc từ thẻ", "About the very files that were read from the card"),
    "step_chip": ("Chip đã trả lời đúng thử thách của quầy", "The chip answered the counter's challenge"),
    "problem_card": ("Thẻ không được chấp nhận", "The card is not accepted"),
    "problem_card_text": (
        "Thẻ hoặc câu trả lời của chip không qua được kiểm tra. Mời quý khách làm thủ tục theo cách khác.",
        "The card, or what its chip answered, did not pass the checks. Please check in another way.",
    ),
    "refused_card_revoked": ("Thẻ này đã bị thu hồi.", "This card is revoked."),
    "refused_card_withheld": ("Thẻ này đang bị tạm giữ.", "This card is withheld."),
    "refused_card_lost": ("Thẻ này đã được báo mất.", "This card was reported lost."),
    "refused_card_replaced": ("Thẻ này đã được thay bằng thẻ mới.", "This card was replaced by a newer one."),
    "refused_card_made": ("Thẻ này chưa được trao.", "This card has not been handed over yet."),
    "refused_document_expired": ("Thẻ này đã hết hạn.", "This card has expired."),
    "refused_aa_signature_invalid": (
        "Chip không chứng minh được thẻ là thật: có thể đây là bản sao.",
        "The chip could not prove itself: this may be a copy.",
    ),
    "sign_out": ("Kết thúc lượt khám", "Finish"),
    "again": ("Làm lại", "Start again"),
    "problem_cancelled": ("Quý khách đã không đồng ý", "You did not agree"),
    "problem_cancelled_text": (
        "Không có thông tin nào được chia sẻ. Quý khách có thể làm lại, hoặc làm thủ tục bằng giấy tại quầy.",
        "Nothing was shared. You can start again, or check in on paper at the counter.",
    ),
    "problem_late": ("Chưa có câu trả lời", "There was no answer"),
    "problem_late_text": (
        "Câu hỏi đã hết hạn. Mời quý khách làm lại, hoặc làm thủ tục theo cách khác.",
        "The question is over. Please start again, or check in another way.",
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


def _go_on() -> str:
    return "/visit" if session.get("visit") else "/"


PHRASES = Phrasebook(WORDS, cookie="clinic_language", back=_go_on)
