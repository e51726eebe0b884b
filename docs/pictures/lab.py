"""Draws lab.svg: one machine, three lab hosts on their fabric, the clients, and what runs where.

Usage: python docs/pictures/lab.py > docs/pictures/lab.svg
"""

HOSTS = (("alpha", "198.18.0.11"), ("bravo", "198.18.0.12"), ("charlie", "198.18.0.13"))
PARTS = (
    ("Keepalived", "the address"),
    ("HAProxy", "load balancer"),
    ("Keystone", "identity API"),
    ("MariaDB Galera", "database"),
    ("RabbitMQ", "messages"),
    ("memcached", "cache"),
    ("chrony", "time"),
)
HOLDER, WRITER = "alpha", "bravo"
INK, SOFT, LINE, PAPER = "#1f2933", "#52606d", "#9aa5b1", "#ffffff"
ACTIVE, ACTIVE_LINE, BOX = "#fff3d6", "#c98a00", "#f5f7fa"
WIDTH, HEIGHT = 960, 640
LEFT, GAP, CARD, TOP, ROW = 40, 20, 280, 242, 34


def text(x, y, words, size=14, fill=INK, weight="normal", anchor="start"):
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{fill}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{words}</text>'
    )


def box(x, y, w, h, fill=BOX, stroke=LINE, dash="", radius=8):
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{radius}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="1.5"{dashed}/>'
    )


def line(x1, y1, x2, y2, stroke=LINE, width=2):
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{stroke}" stroke-width="{width}"/>'


def part(x, y, host, name, what):
    active = (name, host) in (("Keepalived", HOLDER), ("MariaDB Galera", WRITER))
    note = {"Keepalived": "holds 198.18.0.10", "MariaDB Galera": "the writer"}[name] if active else what
    fill, stroke = (ACTIVE, ACTIVE_LINE) if active else (PAPER, LINE)
    return [
        box(x + 14, y, CARD - 28, ROW - 6, fill, stroke, radius=5),
        text(x + 24, y + 19, name, 13, weight="bold" if active else "normal"),
        text(x + CARD - 24, y + 19, note, 12, INK if active else SOFT, anchor="end"),
    ]


def host(number, name, address):
    x = LEFT + number * (CARD + GAP)
    found = [
        line(x + CARD / 2, 196, x + CARD / 2, TOP),
        text(x + CARD / 2 + 8, 226, "link", 11, SOFT),
        box(x, TOP, CARD, 324),
        text(x + 14, TOP + 26, name, 16, weight="bold"),
        text(x + CARD - 14, TOP + 26, address, 13, SOFT, anchor="end"),
        text(x + 14, TOP + 46, f"rack-{number + 1}", 12, SOFT),
        f'<circle cx="{x + CARD - 22}" cy="{TOP + 42}" r="6" fill="none" stroke="{SOFT}"/>',
        line(x + CARD - 22, TOP + 35, x + CARD - 22, TOP + 42, SOFT, 1.5),
        text(x + CARD - 34, TOP + 46, "power", 11, SOFT, anchor="end"),
    ]
    for row, (what, words) in enumerate(PARTS):
        found += part(x, TOP + 62 + row * ROW, name, what, words)
    return [*found, text(x + 14, TOP + 314, "systemd, sshd, a disk of its own", 12, SOFT)]


def picture():
    middle = WIDTH / 2
    found = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="DejaVu Sans, Arial, sans-serif" role="img" '
        'aria-label="The lab: three machines on one fabric, and clients outside of them">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        box(16, 16, WIDTH - 32, HEIGHT - 32, PAPER, LINE, "6 4", 12),
        text(36, 42, "Your machine (root, 2 cores, 8 GiB)", 13, SOFT),
        box(middle - 320, 60, 640, 62),
        text(
            middle,
            84,
            "holdfast, the clients of a drill, the openstack command",
            15,
            weight="bold",
            anchor="middle",
        ),
        text(
            middle, 106, "outside of every host: what they see is what a user sees", 12, SOFT, anchor="middle"
        ),
        line(middle, 122, middle, 172),
        text(middle + 10, 151, "https to the address 198.18.0.10", 12, SOFT),
        box(LEFT, 172, WIDTH - 2 * LEFT, 24, "#e4e7eb", LINE, radius=4),
        text(
            middle,
            189,
            "the fabric: 198.18.0.0/24, a bridge in its own network namespace",
            12,
            INK,
            anchor="middle",
        ),
    ]
    for number, (name, address) in enumerate(HOSTS):
        found += host(number, name, address)
    found += [
        box(LEFT, 584, 22, 16, ACTIVE, ACTIVE_LINE, radius=3),
        text(LEFT + 30, 597, "on one host at a time, and moves by itself when that host fails", 12, SOFT),
        text(WIDTH - LEFT, 597, "power, link: the switches that a drill uses", 12, SOFT, anchor="end"),
        "</svg>",
    ]
    return "\n".join(found)


if __name__ == "__main__":
    print(picture())
