"""What the wallet says, in Vietnamese and English."""

from __future__ import annotations

from eid.samples.phrasebook import Phrasebook

WORDS: dict[str, tuple[str, str]] = {
    "name": ("Ví giấy tờ", "Paper wallet"),
    "unit": ("Ví thử nghiệm", "Sample wallet"),
    "made_up": (
        "Ví mô phỏng. Khoá và giấy tờ nằm trong trình duyệt này, không ở nơi nào khác.",
        "A simulated wallet. Keys and papers are in this browser and nowhere else.",
    ),
    "needs_scripts": (
        "Ví này cần JavaScript: khoá nằm trong trình duyệt.",
        "This wallet needs scripts: its keys are in the browser.",
    ),
    "paste": ("Dán đường dẫn hoặc mã bạn vừa quét", "Paste the link or the code that you scanned"),
    "paste_hint": (
        "Lời mời nhận giấy tờ (openid-credential-offer://) hoặc câu hỏi của nơi kiểm tra (openid4vp://).",
        "An offer of papers (openid-credential-offer://), or a question of somebody who checks (openid4vp://).",
    ),
    "go_on": ("Tiếp tục", "Go on"),
    "scan": ("Quét bằng máy ảnh", "Scan with the camera"),
    "stop": ("Dừng máy ảnh", "Stop the camera"),
    "tx_code": ("Mã được nhắn tới điện thoại", "The code that was texted to you"),
    "take": ("Nhận vào ví", "Take it"),
    "offered": ("Được mời nhận", "You are offered"),
    "held": ("Trong ví", "In the wallet"),
    "empty": ("Chưa có giấy tờ nào.", "There is nothing yet."),
    "copies": ("bản", "copies"),
    "asks": ("Có người hỏi giấy tờ", "Somebody asks for papers"),
    "who": ("Ai hỏi", "Who asks"),
    "why": ("Để làm gì", "What for"),
    "will_show": ("Sẽ cho xem", "You would show"),
    "pin_new": ("Đặt mã 6 chữ số cho ví", "Choose six digits for this wallet"),
    "pin": ("Mã 6 chữ số của ví", "The six digits of this wallet"),
    "show": ("Cho xem", "Show it"),
    "deny": ("Không cho xem", "Do not show it"),
    "cancel": ("Thôi", "Cancel"),
    "shown": ("Đã cho xem, và được chấp nhận.", "Shown, and accepted."),
    "denied": ("Không cho xem gì.", "Nothing was shown."),
    "received": ("Đã nhận vào ví.", "It is in the wallet."),
    "return": ("Quay lại nơi đã hỏi", "Go back to who asked"),
    "wrong_pin": ("Mã không đúng.", "These are not the digits."),
    "nothing_fits": ("Trong ví không có giấy tờ phù hợp.", "There is nothing in the wallet that answers this."),
    "not_understood": ("Không đọc được đường dẫn này.", "This cannot be read."),
    "not_verified": (
        "Không xác minh được người hỏi, nên không trả lời.",
        "Who asks cannot be verified, so there is no answer.",
    ),
    "refused": ("Bên kia từ chối", "The other side refuses"),
    "unreachable": ("Không liên lạc được với dịch vụ.", "The service cannot be reached."),
    "one_moment": ("Xin chờ một lát …", "One moment …"),
}

PHRASES = Phrasebook(WORDS, cookie="wallet_language", back=lambda: "/")
