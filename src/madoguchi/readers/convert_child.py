"""The converting child: `python -I -m madoguchi.readers.convert_child LIMITS PROGRAM FOLDER KIND`.

It makes a profile in FOLDER, shuts itself in and becomes LibreOffice, which turns `FOLDER/document.doc` into
`FOLDER/out/document.docx`. Every argument is written here; none comes from a document or its name.
"""

import os
import sys
from urllib.parse import quote

from madoguchi.readers import confine
from madoguchi.readers.limits import Limits

# Kind -> LibreOffice's name for reading it, the kind it becomes, and its name for writing that. A named filter takes
# the file as this and nothing else: no guess turns a `doc` into a web page that fetches.
FILTERS = {
    "doc": ("MS Word 97", "docx", "MS Word 2007 XML"),
    "rtf": ("Rich Text Format", "docx", "MS Word 2007 XML"),
    "odt": ("writer8", "docx", "MS Word 2007 XML"),
    "ppt": ("MS PowerPoint 97", "pptx", "Impress MS PowerPoint 2007 XML"),
    "odp": ("impress8", "pptx", "Impress MS PowerPoint 2007 XML"),
}
# Besides its own folder: fonts' lists, and where a distribution puts parts of LibreOffice.
_READABLE = (
    "/etc/fonts",
    "/var/cache/fontconfig",
    "/etc/libreoffice",
    "/var/lib/libreoffice",
    "/var/spool/libreoffice",
    "/usr/share/libreoffice",
)
# No macro, no link followed or brought up to date, no Java, nobody asked, no extension looked for.
_SETTINGS = (
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "DisablePythonRuntime", "true"),
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Common/Misc", "FirstRun", "false"),
    ("Common/Save/Document", "WarnAlienFormat", "false"),
    ("Writer/Content/Update", "Link", "2"),
    ("Writer/Content/Update", "Field", "false"),
    ("Writer/Content/Update", "Chart", "false"),
    ("Calc/Content/Update", "Link", "2"),
    ("Java/VirtualMachine", "Enable", "false"),
)


def main() -> None:
    """Become LibreOffice; whoever started this sees how it ends."""
    limits, program, folder, kind = Limits.from_text(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    argv = command(program, folder, kind)
    profile(folder)
    os.chdir(folder)
    home = os.path.dirname(os.path.dirname(program))  # noqa: PTH120
    confine.enter_converter(limits, folder, program, (home, *_READABLE))
    os.execve(program, argv, {"HOME": folder, "TMPDIR": folder, "LC_ALL": "C.UTF-8"})  # noqa: S606 - no shell is the point


def command(program: str, folder: str, kind: str) -> list[str]:
    """Return the argument list. LibreOffice refuses `--`; the one name it gets is a whole path of ours."""
    reads, becomes, writes = FILTERS[kind]
    return [
        program,
        f"-env:UserInstallation=file://{quote(folder)}/profile",
        # Where its own pipe lies: in the folder it starts in, not in /tmp.
        "-env:OSL_SOCKET_PATH=.",
        "--headless",
        "--norestore",
        "--nologo",
        "--nodefault",
        "--nolockcheck",
        f"--infilter={reads}",
        "--convert-to",
        f"{becomes}:{writes}",
        "--outdir",
        f"{folder}/out",
        f"{folder}/document.{kind}",
    ]


def profile(folder: str) -> None:
    """Write the settings of a throw-away profile, when there is none yet."""
    user = f"{folder}/profile/user"
    if os.path.exists(f"{user}/registrymodifications.xcu"):  # noqa: PTH110
        return
    os.makedirs(user, mode=0o700)  # noqa: PTH103
    items = "".join(
        f'<item oor:path="/org.openoffice.Office.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for path, name, value in _SETTINGS
    )
    with open(f"{user}/registrymodifications.xcu", "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
            f'xmlns:xs="http://www.w3.org/2001/XMLSchema">{items}</oor:items>'
        )


if __name__ == "__main__":
    main()
