"""Has the Azure CLI's own parser judge command lines, with nobody logged in: nothing is sent anywhere.

Reads JSON arrays of words (without `az`), one a line; answers with one JSON object a line: {"code", "error"}.
A right command ends at the missing login (code 1), a wrong one before (code 2, or another error).
"""
import io
import json
import sys

answers, questions = sys.stdout, sys.stdin
sys.stdout, sys.stderr, sys.stdin = io.StringIO(), io.StringIO(), io.StringIO()

# Once stderr is what it will be: the logger keeps the one that it finds first.
from azure.cli.core import get_default_cli  # noqa: E402

for line in questions:
    sys.stderr.seek(0)
    sys.stderr.truncate()
    try:
        code = get_default_cli().invoke(json.loads(line), out_file=io.StringIO())
    except SystemExit as end:
        code = end.code
    print(json.dumps({'code': code, 'error': sys.stderr.getvalue().strip()}), file=answers, flush=True)
