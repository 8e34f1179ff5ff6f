"""Man pages and shell completions from the help texts: help_pages.py PROGRAM FOLDER VERSION.

Asks PROGRAM --help and, for each subcommand that it names, PROGRAM SUBCOMMAND --help, and leaves in FOLDER:
man1/PROGRAM.1, man1/PROGRAM-SUBCOMMAND.1, PROGRAM.bash and _PROGRAM (zsh). The help texts are CLI11's: paragraphs,
a Usage line, then sections of "  NAME  text" whose text may go on in the next lines.
"""

import dataclasses
import pathlib
import re
import subprocess
import sys

ENTRY = re.compile(r"^  (\S.*?)(?:\s{2,}(\S.*))?$")  # name, and its text where that fits the line
OPTION = re.compile(r"(-[-A-Za-z0-9]+)")


@dataclasses.dataclass
class Help:
    about: str
    usage: str
    sections: list  # (title, [[name, text]])
    closing: str

    def entries(self, title):
        return [entry for name, entries in self.sections if name == title for entry in entries]

    def options(self):
        names = [n for title, entries in self.sections if title not in ("Positionals", "Subcommands") for n, _ in entries]
        return [o for name in names for o in name.split(" ")[0].split(",")]


def read_help(command):
    text = subprocess.run([*command, "--help"], check=True, capture_output=True, text=True).stdout
    about, usage, rest = re.match(r"(.*?)^Usage: (.*?)$(.*)", text, re.M | re.S).groups()
    sections, closing = [], []
    for line in rest.splitlines():
        if re.match(r"^[A-Z][A-Za-z ]*:$", line):
            sections.append((line[:-1], []))
        elif line.startswith("     ") and sections and sections[-1][1]:
            sections[-1][1][-1][1] = f"{sections[-1][1][-1][1]} {line.strip()}".strip()
        elif ENTRY.match(line) and sections:
            name, said = ENTRY.match(line).groups()
            sections[-1][1].append([name, said or ""])
        elif line.strip():
            closing.append(line)
    return Help(about.strip(), usage, sections, "\n".join(closing))


def roff(text):
    """Plain text as roff: no escape, hyphen or leading dot is taken for more than it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def man_page(name, shown, version, help, siblings):
    about = help.about.rstrip(".")
    lines = [f'.TH "{name.upper()}" 1 "" "vitrt {version}"', ".SH NAME", roff(f"{name} - {about[0].lower()}{about[1:]}"),
             ".SH SYNOPSIS", roff(help.usage)]
    for title, entries in help.sections:
        if entries:
            lines.append(f".SH {title.upper()}")
        for entry, text in entries:
            lines += [".TP", f".B {roff(entry)}", roff(text or "")]
    if help.closing:
        lines += [".SH NOTES", roff(help.closing)]
    if siblings:
        lines += [".SH SEE ALSO", ", ".join(rf"\fB{roff(s)}\fR(1)" for s in siblings)]
    return "\n".join(lines) + "\n"


def bash_completion(name, top, commands):
    function = "_" + name.replace("-", "_")
    cases = "".join(f"    {c}) words='{' '.join(h.options())}' ;;\n" for c, h in commands.items())
    first = " ".join([*commands, *top.options()])
    return f"""# bash completion of {name}, made from its help texts
{function}() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} words='{first}'
  case ${{COMP_WORDS[1]}} in
{cases}  esac
  COMPREPLY=()
  [[ $word != -* && ($COMP_CWORD -gt 1 || -z '{' '.join(commands)}') ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}}
complete -o bashdefault -o default -F {function} {name}
"""


def zsh_completion(name, top, commands):
    def described(help):
        for title, entries in help.sections:
            for entry, text in entries if title not in ("Positionals", "Subcommands") else []:
                for option in entry.split(" ")[0].split(","):
                    clean = text.replace("'", "’").replace("[", "(").replace("]", ")").replace(":", " -")
                    yield f"'{option}[{clean}]'"

    lines = [f"#compdef {name}", "# made from its help texts"]
    if not commands:
        return "\n".join([*lines, f"_arguments {' '.join(described(top))} '*:file:_files'"]) + "\n"
    lines += ["if (( CURRENT == 2 )); then", f"  _values command {' '.join(commands)}", "  return", "fi", "case $words[2] in"]
    lines += [f"  {c}) shift words; (( CURRENT-- )); _arguments {' '.join(described(h))} '*:file:_files' ;;"
              for c, h in commands.items()]
    return "\n".join([*lines, "esac"]) + "\n"


def main():
    program, folder, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    name = program.name
    top = read_help([program])
    commands = {command: read_help([program, command]) for command, _ in top.entries("Subcommands")}
    (folder / "man1").mkdir(parents=True, exist_ok=True)
    pages = {name: top, **{f"{name}-{command}": help for command, help in commands.items()}}
    for page, help in pages.items():
        siblings = [other for other in pages if other != page]
        (folder / "man1" / f"{page}.1").write_text(man_page(page, name, version, help, siblings))
    (folder / f"{name}.bash").write_text(bash_completion(name, top, commands))
    (folder / f"_{name}").write_text(zsh_completion(name, top, commands))


if __name__ == "__main__":
    main()
