"""What the demo prints once it serves: the doors, the cast to sign in as, and what to try first."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console

from eid.cast import CastMember, read_cast
from eid.demo.relying_services import SampleUrls

TEXTS: dict[str, dict[str, Any]] = {
    "vi": {
        "title": "eid đang chạy. Đây là mô phỏng: mọi người ở đây đều không có thật.",
        "doors": [
            ("Trang chính", "{url}/"),
            ("Công dân", "{url}/citizen/"),
            ("Bàn tiếp dân (cán bộ)", "{url}/desk/"),
            ("Phòng khám (dịch vụ tin cậy)", "{clinic}/"),
            ("Ngân hàng mở tài khoản", "{bank}/"),
            ("Cảnh sát kiểm tra giấy phép lái xe", "{roadside}/"),
            ("Ví giấy tờ trong trình duyệt", "{wallet}/"),
            ("Dành cho người tích hợp", "{url}/services/"),
            ("Tin nhắn lẽ ra đã gửi", "{url}/outbox/"),
            ("API", "{url}/api/docs"),
        ],
        "cast": "Những người có thể đóng vai",
        "phone": "điện thoại",
        "password": "mật khẩu",
        "passcode": "passcode",
        "totp": "TOTP",
        "first": "Hãy thử trước",
        "try": [
            "1. Kích hoạt tài khoản của Nguyễn Thị Hoa: {url}/citizen/activate (mã được nhắn ở {url}/outbox/)",
            "2. Đăng nhập tại phòng khám bằng tài khoản của Trần Văn Minh: {clinic}/",
            "3. Chạy một kịch bản tải, ở cửa sổ khác: .venv/bin/eid scenarios run morning-at-the-clinic --url {url}",
        ],
        "otp": "Mã TOTP lúc này của mỗi người hiện ở {url}/. Ngừng: Ctrl-C.",
    },
    "en": {
        "title": "eid is serving. This is a simulation: everybody here is made up.",
        "doors": [
            ("All doors", "{url}/"),
            ("Citizen", "{url}/citizen/"),
            ("Desk (officer)", "{url}/desk/"),
            ("Clinic (a relying service)", "{clinic}/"),
            ("Bank that opens accounts", "{bank}/"),
            ("Police check of licences", "{roadside}/"),
            ("A wallet in the browser", "{wallet}/"),
            ("For those who integrate", "{url}/services/"),
            ("Texts as they would have been sent", "{url}/outbox/"),
            ("API", "{url}/api/docs"),
        ],
        "cast": "Whom you can be",
        "phone": "phone",
        "password": "password",
        "passcode": "passcode",
        "totp": "TOTP",
        "first": "What to try first",
        "try": [
            "1. Activate Nguyễn Thị Hoa's account: {url}/citizen/activate (her texts are at {url}/outbox/)",
            "2. Sign in at the clinic as Trần Văn Minh: {clinic}/",
            "3. Play a load scenario, in another terminal: .venv/bin/eid scenarios run morning-at-the-clinic --url {url}",
        ],
        "otp": "Everybody's TOTP code of the moment is shown at {url}/. Stop: Ctrl-C.",
    },
}


def print_guide(console: Console, *, locale: str, url: str, samples: SampleUrls) -> None:
    """Print the guide in one language for a demo that serves at `url` with its samples at their own addresses."""
    texts = TEXTS[locale]
    addresses = {"url": url} | asdict(samples)
    console.print(f"\n[bold]{texts['title']}[/bold]\n")
    for name, address in texts["doors"]:
        _print_line(console, f"  {name:<36} {address.format(**addresses)}")
    console.print(f"\n[bold]{texts['cast']}[/bold]")
    for member in read_cast():
        _print_member(console, texts, member, member.story[locale])
    console.print(f"\n[bold]{texts['first']}[/bold]")
    for line in (*texts["try"], texts["otp"]):
        _print_line(console, f"  {line.format(**addresses)}")


def _print_member(console: Console, texts: dict[str, Any], member: CastMember, story: str) -> None:
    """Secrets stand whole on lines of their own, so that they can be copied at any width of the terminal."""
    console.print(f"\n  [bold]{member.name}[/bold]  {member.pin}", highlight=False, soft_wrap=True)
    _print_line(console, f"    {story}")
    known = {
        "phone": member.phone,
        "password": member.password,
        "passcode": member.passcode,
        "totp": member.totp_secret,
    }
    _print_line(console, "    " + "   ".join(f"{texts[name]} {value}" for name, value in known.items() if value))


def _print_line(console: Console, line: str) -> None:
    console.print(line, highlight=False, soft_wrap=True, markup=False)
