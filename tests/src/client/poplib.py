"""Python's poplib as a mail app: signs in, prints the first message, and says how it went.

    poplib.py stls|pop3s PORT CA LOGIN      the password comes on standard input

Exit code 0: read; 67: the sign-in was refused, and standard error has the server's words; 1: anything else.
"""

import poplib
import ssl
import sys

way, port, ca, login = sys.argv[1:]
password = sys.stdin.buffer.readline().rstrip(b"\n").decode()
context = ssl.create_default_context(cafile=ca)
if way == "pop3s":
    app = poplib.POP3_SSL("localhost", int(port), context=context, timeout=20)
else:
    app = poplib.POP3("localhost", int(port), timeout=20)
    app.stls(context)
try:
    app.user(login)
    app.pass_(password)
except poplib.error_proto as refused:
    print(refused, file=sys.stderr)
    sys.exit(67)
status, lines, size = app.retr(1)
print(b"\n".join(lines).decode())
app.quit()
