"""Python's imaplib as a mail app: signs in, prints the first message's subject, and says how it went.

    imaplib.py starttls|imaps login|plain PORT CA LOGIN      the password comes on standard input

Exit code 0: read; 67: the sign-in was refused, and standard error has the server's words; 1: anything else.
"""

import imaplib
import ssl
import sys

way, how, port, ca, login = sys.argv[1:]
password = sys.stdin.buffer.readline().rstrip(b"\n").decode()
context = ssl.create_default_context(cafile=ca)
if way == "imaps":
    app = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=context, timeout=20)
else:
    app = imaplib.IMAP4("localhost", int(port), timeout=20)
    app.starttls(context)
try:
    if how == "login":
        app.login(login, password)
    else:
        app.authenticate("PLAIN", lambda challenge: f"\0{login}\0{password}".encode())
except imaplib.IMAP4.abort:
    raise
except imaplib.IMAP4.error as refused:
    print(refused, file=sys.stderr)
    sys.exit(67)
app.select("INBOX", readonly=True)
status, data = app.fetch("1", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
print(data[0][1].decode().strip())
app.logout()
