/*
 * Data are handed over as TimeEval's FunctionAdapter does: a path, or an array: features alone in
 * execution, every column in training; whole numbers if the table has no others. Dates stay text,
 * and numbers beside them numbers.
 */
#include "loader.h"

#include <stdlib.h>
#include "te/adapter/adapter.h"

const char te_loader[] =
    "import sys, os, json, importlib, struct, time, pathlib, traceback\n"
    "prog, symbol, phase, data, folder, params, as_file = sys.argv[1:8]\n"
    "os.set_inheritable(3, False)\n"
    "def tell(text):\n"
    "    try: os.write(3, text.encode('utf-8', 'replace'))\n"
    "    except OSError: pass\n"
    "def refuse(text):\n"
    "    tell(str(text)[:400]); sys.stdout.flush(); os._exit(125)\n"
    "sys.path.insert(0, os.getcwd())\n"
    "if prog: sys.path.insert(0, prog if os.path.isdir(prog) else os.path.dirname(prog))\n"
    "module, _, name = symbol.partition(':')\n"
    "try:\n"
    "    import numpy as np\n"
    "except ImportError as e: refuse('%s has no numpy: %s' % (sys.executable, e))\n"
    "try:\n"
    "    f = importlib.import_module(module)\n"
    "    for part in name.split('.'): f = getattr(f, part)\n"
    "    if not callable(f): raise TypeError('it is no function')\n"
    "except Exception as e: refuse('cannot load %s: %s: %s' % (symbol, type(e).__name__, e))\n"
    "if phase == 'check': os._exit(0)\n"
    "def number(x):\n"
    "    try: return float(x) if x != '' else float('nan')\n"
    "    except ValueError: return None\n"
    "def load(path):\n"
    "    import csv\n"
    "    with open(path, newline='') as h:\n"
    "        rows = [r for r in csv.reader(h) if r][1:]\n"
    "    part = rows if phase == 'train' else [r[1:-1] for r in rows]\n"
    "    try:\n"
    "        if all(x.lstrip('-').isdecimal() for r in rows for x in r):\n"
    "            return np.array([[int(x) for x in r] for r in part], dtype=np.int64)\n"
    "    except (ValueError, OverflowError): pass\n"
    "    try: return np.array(part, dtype=float)\n"
    "    except ValueError: pass\n"
    "    table = [[x if number(x) is None else number(x) for x in r] for r in part]\n"
    "    flat = all(isinstance(x, float) for r in table for x in r)\n"
    "    return np.array(table, dtype=float if flat else object)\n"
    "def fail(e):\n"
    "    if isinstance(e, MemoryError): tell('memory\\n')\n"
    "    try: text = repr(e)\n"
    "    except Exception: text = type(e).__name__ + '()'\n"
    "    tell('raised %s\\n' % text.replace('\\n', '\\\\n')[:2000])\n"
    "    try: traceback.print_exc(); sys.stdout.flush(); sys.stderr.flush()\n"
    "    finally: os._exit(1)\n"
    "try:\n"
    "    given = pathlib.Path(data) if as_file == '1' else load(data)\n"
    "    values = json.loads(params)\n"
    "    begin = time.monotonic()\n"
    "    try: result = f(given, values)\n"
    "    finally: tell('time %r\\n' % (time.monotonic() - begin))\n"
    "except Exception as e: fail(e)\n"
    "def save(result):\n"
    "    if isinstance(result, (str, os.PathLike)): result = np.genfromtxt(result, delimiter=',')\n"
    "    a = np.asarray(result)\n"
    "    whole = a.dtype.kind in 'iu'\n"
    "    a = a.astype('<f8')\n"
    "    if a.ndim == 1: a = a.reshape(-1, 1)\n"
    "    if a.ndim != 2: raise ValueError('scores have %d dimensions, 1 or 2 expected' % a.ndim)\n"
    "    tmp = os.path.join(folder, '" TE_FILE_BINARY ".tmp')\n"
    "    with open(tmp, 'wb') as h:\n"
    "        h.write(b'TESCORES' + struct.pack('<IIQQ', 1, 1 if whole else 0, *a.shape))\n"
    "        h.write(np.ascontiguousarray(a).tobytes())\n"
    "    os.rename(tmp, os.path.join(folder, '" TE_FILE_BINARY "'))\n"
    "if phase != 'train':\n"
    "    try: save(result)\n"
    "    except Exception as e: fail(e)\n";

const char *te_loader_python(const char *of_run)
{
    const char *python = of_run && *of_run ? of_run : getenv("TIMEEVAL_PYTHON");
    return python && *python ? python : "/usr/bin/python3";
}
