"""What the bank says, in Vietnamese and English."""

from __future__ import annotations

from flask import session

from eid.samples.phrasebook import Phrasebook

PRODUCTS = ("everyday", "savings")

WORDS: dict[str, tuple[str, str]] = {
    "name": ("Ngân hàng Phù Sa Thử", "Phù Sa Sample Bank"),
    "motto": ("Mở tài khoản tại nhà", "Accounts opened from home"),
    "made_up": (
        "Ngân hàng mô phỏng: không có tiền, mọi người ở đây đều không có thật.",
        "A simulated bank: there is no money in it, and everybody here is made up.",
    ),
    "hello": ("Một tài khoản, mười phút, không cần đến quầy.", "An account in ten minutes, without coming in."),
    "lead": (
        "Quý khách xác thực một lần ở mức cao nhất. Ngân hàng đọc bằng chứng về lần đọc chip thẻ căn cước và cho quý "
        "khách xem đã kiểm tra những gì.",
        "You identify yourself once, at the highest level. We read how your card's chip was verified, and show you all that we "
        "checked.",
    ),
    "choose": ("Chọn tài khoản", "Choose an account"),
    "product_everyday": ("Tài khoản Hằng ngày", "Everyday account"),
    "product_everyday_text": ("Lương, hoá đơn, chuyển tiền.", "Salary, bills, transfers."),
    "product_savings": ("Sổ Phù Sa", "Phù Sa savings book"),
    "product_savings_text": ("Tiết kiệm không kỳ hạn.", "Savings without a term."),
    "open": ("Xác thực và mở tài khoản", "Identify and open"),
    "asks": ("Ngân hàng hỏi gì, và vì sao", "What we ask for, and why"),
    "ask_person": (
        "Họ tên, ngày sinh, số định danh, nơi thường trú: để biết khách hàng là ai.",
        "Name, date of birth, PIN, address: to know who our customer is.",
    ),
    "ask_evidence": (
        "Thẻ nào đã được đọc, khi nào, bởi ai: để biết dựa vào đâu.",
        "Which card was read, when and by whom: to know what that rests on.",
    ),
    "ask_level": (
        "Đăng nhập ở mức LoA4: mật khẩu, thiết bị hoặc mã, và khuôn mặt.",
        "A sign-in at LoA4: password, device or code, and face.",
    ),
    "stage_offer": ("Chọn", "Choose"),
    "stage_identify": ("Xác thực", "Identify"),
    "stage_review": ("Kiểm tra", "Review"),
    "stage_open": ("Mở", "Open"),
    "accepted": ("Hồ sơ đạt", "The dossier suffices"),
    "accepted_text": (
        "Mọi điều kiện đều đạt. Quý khách xem lại và mở tài khoản.",
        "Every rule is met. Look it over, and open the account.",
    ),
    "refused": ("Chưa mở được tài khoản", "We cannot open an account yet"),
    "refused_text": (
        "Bằng chứng chưa đủ theo quy định của ngân hàng. Không có gì được lưu lại.",
        "The evidence does not suffice by our rules. Nothing is kept.",
    ),
    "opened": ("Tài khoản đã mở", "Your account is open"),
    "open_now": ("Mở tài khoản", "Open the account"),
    "account_number": ("Số tài khoản", "Account number"),
    "holder": ("Chủ tài khoản", "Holder"),
    "what_to_do": ("Quý khách có thể làm gì", "What you can do"),
    "what_came": ("Ngân hàng đã nhận", "What we received"),
    "what_checked": ("Ngân hàng đã kiểm tra", "What we checked"),
    "claim_name": ("Họ và tên", "Name"),
    "claim_birthdate": ("Ngày sinh", "Date of birth"),
    "claim_pin": ("Số định danh cá nhân", "PIN"),
    "claim_address": ("Nơi thường trú", "Address"),
    "evidence": ("Bằng chứng", "Evidence"),
    "document_number": ("Số thẻ căn cước", "Identity card"),
    "document_issued": ("Ngày cấp", "Issued"),
    "document_expires": ("Có giá trị đến", "Expires"),
    "document_digest": ("Dấu vân của thẻ (SHA-256 của EF.SOD)", "The card's digest (SHA-256 of EF.SOD)"),
    "checked_by": ("Đọc và kiểm tra bởi", "Read and verified by"),
    "checked_at": ("Lúc", "At"),
    "checked_txn": ("Mã lần kiểm tra", "Reference"),
    "rule_level": ("Mức xác thực LoA4", "Signed in at LoA4"),
    "rule_sign_in_age": ("Vừa đăng nhập, không quá năm phút", "Signed in within five minutes"),
    "rule_framework": ("Theo Nghị định 69/2024", "Vouched for under Decree 69/2024"),
    "rule_account_level": ("Tài khoản định danh mức 2", "An account of level 2"),
    "rule_chip": ("Chip thẻ đã được kiểm tra bằng mật mã", "The card's chip was verified by cryptography"),
    "rule_evidence_age": ("Lần đọc chip không quá hai năm", "The chip was read within two years"),
    "rule_card_in_force": ("Thẻ còn giá trị", "The card is in force"),
    "rule_complete": ("Đủ họ tên, ngày sinh, số định danh", "Name, date of birth and PIN are there"),
    "rule_age": ("Từ đủ 15 tuổi", "At least 15 years old"),
    "do_level": ("Đăng nhập lại và xác thực cả khuôn mặt.", "Sign in again, with your face as well."),
    "do_sign_in_age": ("Làm lại từ đầu, đừng để quá lâu.", "Start again, and do not wait in between."),
    "do_framework": ("Mang thẻ căn cước đến chi nhánh.", "Bring your identity card to a branch."),
    "do_account_level": (
        "Nâng tài khoản định danh lên mức 2 tại nơi tiếp nhận.",
        "Have your identification account raised to level 2 at a desk.",
    ),
    "do_chip": (
        "Tài khoản định danh chưa dựa vào chip thẻ: kích hoạt lại bằng thẻ, hoặc đến chi nhánh.",
        "Your identification account does not rest on a chip: have it activated with your card, or come to a branch.",
    ),
    "do_evidence_age": (
        "Chip được đọc đã lâu: đến chi nhánh với thẻ căn cước.",
        "The chip was read long ago: come to a branch with your card.",
    ),
    "do_card_in_force": ("Đổi thẻ căn cước rồi quay lại.", "Have your identity card replaced, then come back."),
    "do_complete": (
        "Làm lại và đồng ý chia sẻ họ tên, ngày sinh và số định danh.",
        "Start again, and agree to share name, date of birth and PIN.",
    ),
    "do_age": ("Cha mẹ hoặc người giám hộ mở tài khoản cùng quý khách.", "A parent or guardian opens it with you."),
    "yes": ("Đạt", "Met"),
    "no": ("Không đạt", "Not met"),
    "receipt": ("Biên nhận đồng ý", "Receipt for your consent"),
    "receipt_text": (
        "Có chữ ký của dịch vụ định danh. Ngân hàng giữ một bản, quý khách có cùng bản ấy.",
        "Signed by the identity service. We keep one, and you have the same.",
    ),
    "receipt_purpose": ("Mục đích", "Purpose"),
    "receipt_agreed": ("Đã đồng ý", "Agreed to"),
    "receipt_withheld": ("Không chia sẻ", "Withheld"),
    "receipt_given": ("Đồng ý lúc", "Given"),
    "receipt_until": ("Có giá trị đến", "Valid until"),
    "receipt_withdraw": ("Rút lại đồng ý", "Withdraw it"),
    "receipt_raw": ("Nguyên văn có chữ ký", "As it was signed"),
    "nothing": ("không có", "none"),
    "end": ("Kết thúc và đăng xuất", "Finish and sign out"),
    "again": ("Làm lại từ đầu", "Start again"),
    "problem_access_denied": ("Quý khách đã không đồng ý", "You did not agree"),
    "problem_access_denied_text": (
        "Không có thông tin nào được chia sẻ và không có tài khoản nào được mở.",
        "Nothing was shared, and no account was opened.",
    ),
    "problem_unmet_authentication_requirements": ("Chưa đạt mức LoA4", "LoA4 was not reached"),
    "problem_unmet_authentication_requirements_text": (
        "Ngân hàng chỉ mở tài khoản cho lần đăng nhập ở mức cao nhất.",
        "We open accounts only on a sign-in of the highest level.",
    ),
    "problem_failed": ("Câu trả lời không qua được kiểm tra", "The answer did not pass our checks"),
    "problem_failed_text": (
        "Ngân hàng không dùng câu trả lời ấy. Mời làm lại.",
        "We do not use it. Please start again.",
    ),
    "problem_unreachable": ("Chưa liên lạc được với dịch vụ định danh", "The identity service cannot be reached"),
    "problem_unreachable_text": ("Mời thử lại sau ít phút.", "Please try again in a few minutes."),
    "problem_missing": ("Không có trang này", "There is no such page"),
    "problem_missing_text": ("Mời quay lại trang đầu.", "Please go back to the first page."),
}


def _go_on() -> str:
    return "/application" if session.get("application") else "/"


PHRASES = Phrasebook(WORDS, cookie="bank_language", back=_go_on)
