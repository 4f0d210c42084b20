"""Python's smtplib as a mail app: signs in, sends a message, and says how it went.

    smtplib.py starttls|smtps PLAIN|LOGIN PORT CA LOGIN SENDER RECIPIENT FILE      the password comes on standard input

Exit code 0: sent; 1: not, and standard error has the server's words.
"""

import smtplib
import ssl
import sys

way, mechanism, port, ca, login, sender, recipient, file = sys.argv[1:]
password = sys.stdin.buffer.readline().rstrip(b"\n").decode()
context = ssl.create_default_context(cafile=ca)
name = "app.example.org"
if way == "smtps":
    app = smtplib.SMTP_SSL("localhost", int(port), local_hostname=name, context=context, timeout=25)
else:
    app = smtplib.SMTP("localhost", int(port), local_hostname=name, timeout=25)
    app.starttls(context=context)
app.ehlo()
app.user, app.password = login, password
with open(file, "rb") as message:
    content = message.read()
try:
    code, text = app.auth(mechanism.lower(), getattr(app, f"auth_{mechanism.lower()}"))
    if code != 235:
        sys.exit(f"{code} {text.decode()}")
    app.sendmail(sender, [recipient], content)
except smtplib.SMTPResponseException as refused:
    sys.exit(f"{refused.smtp_code} {refused.smtp_error.decode()}")
app.quit()
