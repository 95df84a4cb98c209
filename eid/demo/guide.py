"""What the demo prints once it serves: the doors, the cast to sign in as, and what to try first."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from eid.cast import read_cast

TEXTS: dict[str, dict[str, Any]] = {
    "vi": {
        "title": "eid đang chạy. Đây là mô phỏng: mọi người ở đây đều không có thật.",
        "doors": [
            ("Trang chính", "{url}/"),
            ("Công dân", "{url}/citizen/"),
            ("Bàn tiếp dân (cán bộ)", "{url}/desk/"),
            ("Phòng khám (dịch vụ tin cậy)", "{clinic}/"),
            ("Dành cho người tích hợp", "{url}/services/"),
            ("Tin nhắn lẽ ra đã gửi", "{url}/outbox/"),
            ("API", "{url}/api/docs"),
        ],
        "columns": ["Người", "Số định danh", "Mật khẩu", "Mã bí mật (passcode)", "Khoá TOTP", "Chuyện"],
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
            ("For those who integrate", "{url}/services/"),
            ("Texts as they would have been sent", "{url}/outbox/"),
            ("API", "{url}/api/docs"),
        ],
        "columns": ["Who", "PIN", "Password", "Passcode", "TOTP secret", "Story"],
        "try": [
            "1. Activate Nguyễn Thị Hoa's account: {url}/citizen/activate (her texts are at {url}/outbox/)",
            "2. Sign in at the clinic as Trần Văn Minh: {clinic}/",
            "3. Play a load scenario, in another terminal: .venv/bin/eid scenarios run morning-at-the-clinic --url {url}",
        ],
        "otp": "Everybody's TOTP code of the moment is shown at {url}/. Stop: Ctrl-C.",
    },
}


def print_guide(console: Console, *, locale: str, url: str, clinic: str) -> None:
    """Print the guide in one language for a demo that serves at `url` with its clinic at `clinic`."""
    texts = TEXTS[locale]
    console.print(f"\n[bold]{texts['title']}[/bold]\n")
    for name, address in texts["doors"]:
        console.print(f"  {name:<36} {address.format(url=url, clinic=clinic)}", highlight=False)
    console.print()
    console.print(_cast_table(locale))
    for line in (*texts["try"], texts["otp"]):
        console.print(line.format(url=url, clinic=clinic), highlight=False, soft_wrap=True)


def _cast_table(locale: str) -> Table:
    table = Table(show_lines=True)
    for column in TEXTS[locale]["columns"]:
        table.add_column(column, overflow="fold")
    for member in read_cast():
        table.add_row(
            member.name,
            member.pin,
            member.password,
            member.passcode,
            member.totp_secret or "—",
            member.story[locale],
        )
    return table
