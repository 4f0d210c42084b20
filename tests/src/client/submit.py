"""Python's smtplib as a mail app: signs in, sends a message, and prints what the server answered to each.

    submit.py PORT PLAIN|LOGIN LOGIN SENDER      the password comes on standard input
"""

import smtplib
import ssl
import sys

port, mechanism, login, sender = sys.argv[1:]
password = sys.stdin.buffer.readline().rstrip(b"\n").decode()
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
app = smtplib.SMTP("127.0.0.1", int(port), local_hostname="app.example.org", timeout=25)
app.starttls(context=context)
app.ehlo()
app.user, app.password = login, password
try:
    code, text = app.auth(mechanism.lower(), getattr(app, f"auth_{mechanism.lower()}"))
except smtplib.SMTPAuthenticationError as refused:
    code, text = refused.smtp_code, refused.smtp_error
print(code, text.decode())
if code == 235:
    app.mail(sender)
    code, text = app.rcpt("ada@example.org")
    print(code, text.decode())
    if code == 250:
        code, text = app.data(b"Subject: hello\r\n\r\nA letter.\r\n")
        print(code)
