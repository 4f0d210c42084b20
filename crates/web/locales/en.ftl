# The portal in English. Each sentence says what to do or what happened, to whom, and how many.
# Keep the names (left of =) and the variables ({ $… }) as they are; everything else is yours to say as people speak.

language = English
product = Valetkey

# Around every page
skip = Skip to the page
help = Help
sign-out = Sign out
nav-account = Your account
nav-help = Help and sign-out
home = Home
app-passwords = App passwords
connected = Connected now
security = Security
languages = Languages
foot-site = Accounts at { $site }.
foot-contact = Something wrong? Ask
copy = Copy
copied = Copied
never = Never
never-yet = Not yet
cancel = Cancel
back = Back
go-on = Continue
exact-time = { $time } UTC

# Signing in
sign-in = Sign in
sign-in-lead = To your account at { $site }.
login-name = Login name
login-name-hint = For example ada or ada@example.org
password = Password
your-password = Your password
password-for = For { $login }.
password-other = Another login name
sign-in-app-title = Is an app asking for a password?
sign-in-app = Your mail, calendar and contacts apps each need an app password. Sign in here and make one; it takes a minute.
wrong-password = The login name or the password is wrong. Check both, and the Caps Lock key.
login-missing = Type your login name.
password-missing = Type your password.
second-factor = One more step
second-factor-lead = Show that it is you: open your authenticator app and type the six digits that it shows for { $site }.
code = Code from the app
code-hint = Six digits
recovery-code = Recovery code
recovery-code-hint = One of the codes that you saved. Each is good once.
use-recovery-code = Use a recovery code instead
use-code = Use the authenticator app instead
wrong-code = This code is wrong, was used before, or is too old. Wait for the next one and type that.
wrong-recovery-code = This recovery code is wrong or was used before. Try another one.
wait-a-little = { $seconds ->
    [one] Too many attempts. Try again in { $seconds } second.
   *[other] Too many attempts. Try again in { $seconds } seconds.
}
session-over = You are not signed in any more. Sign in again; nothing that you had done is lost.
step-up = Is it still you?
step-up-lead = This touches your passwords, so show your second factor once more. It counts for ten minutes.
signed-out = You are signed out.

# Home
hello = Hello, { $name }
home-app-passwords = One for each app that reads your mail, calendars or contacts.
home-connected = { $count ->
    [0] No app is connected.
    [one] { $count } app is connected.
   *[other] { $count } apps are connected.
}
home-security = Your password, second factors and signed-in browsers.
home-no-factor-title = Add a second factor first
home-no-factor = App passwords need it: then nobody who learns your password can make one.
add-authenticator = Add an authenticator app

# App passwords
app-passwords-lead = Each app gets a password of its own, which opens only what that app needs.
in-use = of { $max } in use
new-app-password = New app password
history = History
revoke = Revoke
revoke-all = Revoke all
connected-badge = Connected now
expires-soon = Expires soon
fact-opens = Opens
fact-last-used = Last used
fact-created = Created
fact-expires = Expires
fact-networks = Only from
used-by = by { $client } over { $service }
used-over = over { $service }
used-from = from { $network }
scope-mail = Mail
scope-contacts = Contacts
scope-calendars = Calendars
scope-mail-send = Sending mail only
empty-title = No app password yet
empty = An app password is a random password for one app. The app can read your mail with it but never change your account, and you can revoke it here at any time.
all-title = Lost a device, or not sure?
all-text = { $count ->
    [one] Revoke the one there is. Its app is signed out at once, and will need a new app password.
   *[other] Revoke all { $count }. Every app is signed out at once, and each one you still use will need a new app password.
}

# A new one
new-lead = You will see it once, with everything else that the app asks for.
label = What is it for?
label-hint = A name that you will recognise, for example Thunderbird on laptop
label-missing = Give it a name, so that you know later which app it belongs to.
label-long = This name is too long: at most { $max } characters.
label-characters = A name cannot have line breaks or invisible characters.
opens = What may it open?
scope-mail-hint = Read, send and filter mail
scope-contacts-hint = Address books
scope-calendars-hint = Appointments and tasks
scope-mail-send-hint = For a printer or scanner: it sends and reads nothing
scope-missing = Choose at least one.
more = More
expires = When does it expire?
expires-never = Never
expires-days = { $days ->
    [one] In { $days } day
   *[other] In { $days } days
}
networks = Only from these networks
networks-hint = Leave it empty for everywhere. For example 192.0.2.0/24, one on each line.
networks-wrong = “{ $text }” is not a network. It looks like 192.0.2.0/24 or 2001:db8::/32.
make = Make the app password
too-many = You have { $max } app passwords already, and nobody may have more. Revoke one that you no longer use.
needs-factor = App passwords need a second factor. Add one first.

# The secret, once
your-new = Your new app password
your-new-lead = For “{ $label }”. It opens: { $scopes }.
the-password = The password
secret-where = Put it in the app’s password field, with or without the hyphens.
secret-once = It is shown only now: when you leave this page, nobody can show it again.
watch-title = Has the app signed in?
watch-nothing = Not yet
watch-nothing-hint = As soon as it does, you see it here.
watch-signed-in = { $service }: signed in
watch-client = { $service }: signed in from { $client }
watch-primary = { $service }: the app sent your own password
watch-primary-hint = Put the app password above in its place.
settings-title = Settings for the app
settings-lead = Most apps find these by themselves. If yours asks, copy them from here.
user-name = User name
server = Server
port = Port
protection = Security
address = Address
imap-settings = Incoming mail (IMAP)
submission-settings = Outgoing mail (SMTP)
dav-settings = Calendars and contacts (CalDAV, CardDAV)
done = Done, the app has it
secret-gone = This app password was shown already
secret-gone-text = Nobody can show it again. If you have not put it into the app, revoke it and make a new one.

# Revoking
revoke-title = Revoke “{ $label }”?
revoke-connected = { $count ->
    [0] No app is connected with it now. It will not be accepted again, ever.
    [one] The app that uses it will be signed out at once ({ $count } connection). It will not be accepted again, ever.
   *[other] The app that uses it will be signed out at once ({ $count } connections). It will not be accepted again, ever.
}
revoke-others = Your other apps go on as before.
revoke-all-title = Revoke all app passwords?
revoke-all-connected = { $count ->
    [0] No app is connected now.
    [one] { $count } connection will be closed at once.
   *[other] { $count } connections will be closed at once.
}
revoke-all-text = { $count ->
    [one] { $count } app password will not be accepted again, ever.
   *[other] { $count } app passwords will not be accepted again, ever.
}
revoked-one = “{ $label }” is revoked.
closed-count = { $count ->
    [0] No connection was open.
    [one] { $count } connection closed.
   *[other] { $count } connections closed.
}
revoked-all = { $count ->
    [0] There was nothing to revoke.
    [one] { $count } app password is revoked.
   *[other] { $count } app passwords are revoked.
}

# History
history-lead = App passwords that do not work any more.
history-empty = Nothing has been revoked or has expired yet.
ended-revoked = Revoked
ended-expired = Expired
why-asked = You revoked it.
why-all-asked = You revoked all of them.
why-password-changed = You changed your password.
why-password-reset = Your password was reset.
why-second-factor-removed = The last second factor was removed.
why-suspended = Your account was suspended.
why-deleted = The account was deleted.
why-expired = Its time was over.

# Connected now
connected-lead = Apps that are signed in to your account at this moment.
connected-empty = No app is connected. When one signs in, you see it here.
connected-since = Since
connected-from = From
connected-by = By
unknown-app = An app
sign-out-app = Sign out
app-signed-out = The app was signed out. It may sign in again with its app password; revoke that to keep it out.
app-gone = This connection had ended already.

# Security
security-lead = How you sign in to this page.
change-password = Change password
change-password-lead = You need the old one and your second factor.
change-before = { $count ->
    [0] You have no app passwords that would stop working.
    [one] Your app password will stop working, and its app is signed out.
   *[other] Your { $count } app passwords will stop working, and their apps are signed out.
}
old-password = Old password
new-password = New password
new-password-hint = At least 12 characters. A few words that only you would put together are good.
new-password-again = New password again
password-short = A password needs at least { $min } characters.
password-long = This password is too long: at most { $max } bytes.
password-characters = A password cannot have line breaks in it.
password-common = Everybody tries this password first. Choose another one.
password-like-login = This password is hardly more than your login name. Choose another one.
passwords-differ = The two new passwords are not the same. Type both again.
old-wrong = This is not your old password.
password-changed = Your password is changed.
password-changed-next = Make a new app password for each app that you still use.
second-factors = Second factors
second-factors-lead = What you show besides your password.
no-second-factor = You have none yet. Without one you cannot have app passwords.
authenticator = Authenticator app
added = Added
remove = Remove
recovery-left = { $count ->
    [0] No recovery code is left. Make new ones now.
    [one] { $count } recovery code is left.
   *[other] { $count } recovery codes are left.
}
new-recovery-codes = New recovery codes
browsers = Signed-in browsers
browsers-lead = Where your account is open.
this-browser = This browser
unknown-browser = A browser
browser-signed-out = The browser was signed out.
add-authenticator-lead = Scan this with an authenticator app on your phone, then type the six digits that it shows.
qr-title = QR code for the authenticator app
seed-text = Or type this into the app:
factor-name = A name for it
factor-name-default = Phone
add = Add
factor-added = The authenticator app was added.
remove-factor-title = Remove “{ $label }”?
remove-factor = You will not be asked for its codes any more.
remove-last-factor = { $count ->
    [0] It is your last second factor. Without one you cannot have app passwords.
    [one] It is your last second factor: your app password will stop working, and you are signed out everywhere.
   *[other] It is your last second factor: your { $count } app passwords will stop working, and you are signed out everywhere.
}
factor-removed = The second factor was removed.
codes-title = Your recovery codes
codes-lead = Each signs you in once, if your phone is gone. Print them or write them down; they are shown only now.
print = Print
codes-done = I have saved them

# When something is not as it should be
error-title = That did not work
error-not-found = There is no such page
error-not-found-text = The address may be mistyped, or what was here is gone.
error-origin = This form came from somewhere else
error-origin-text = Nothing was changed. Go back to the page, load it again and send the form once more.
error-busy = Too many people at once
error-busy-text = Nothing was changed. Try again in a few seconds.
error-broken = A moment, please
error-broken-text = The server cannot reach its data right now. Nothing was changed, and no app forgets its password. Try again in a minute.
error-denied = You may not do this
error-denied-text = Your account has no right to do this. Nothing was changed.
error-large = Too much at once
error-large-text = What was sent is larger than any form here. Nothing was changed.
try-again = Try again

# Letters
letter-hello = Hello { $name },
letter-hello-nobody = Hello,
letter-was-you = Was it you?
letter-was-you-text = Then there is nothing to do.
letter-not-you = Was it not you?
letter-not-you-revoke = Sign in to the portal, revoke this app password, then change your password.
letter-not-you-password = Sign in to the portal, change your password, and look at your second factors and signed-in browsers. If you cannot sign in any more, tell whoever runs the server at once.
letter-not-you-factor = Sign in to the portal, remove under Security what you do not know, then change your password.
letter-not-you-removal = Sign in to the portal and stop it under Security. Then nothing is removed.
letter-not-you-ignore = Then do nothing: without the link nothing happens.
letter-next = What to do
letter-next-contact = If this surprises you, ask whoever runs the server.
letter-next-app = If an app still needs it, make a new app password for that app. If you do not know which app it was, there is nothing to do.
letter-next-new = Make a new app password and put it into the app in place of this one.
letter-next-tried = Find the device or app that still has it. Remove the account there, or give it a new app password. If you do not know it, somebody else may have it: it opens nothing any more.
letter-next-failures = The audit log has each of these, with its time and its account.
letter-open-app-passwords = See my app passwords
letter-open-security = See my security settings
letter-open-portal = Open the portal
letter-type-address = Or type this address yourself: { $address }
letter-link-until = The link is good once, until { $time }.
letter-never = We never put a password in a letter, and never ask for yours by mail.
letter-fact-app-password = App password
letter-fact-factor = Second factor
letter-fact-when = When
letter-fact-due = Planned for
letter-fact-from = From
letter-fact-client = With
letter-fact-service = Over
letter-fact-by = By
letter-fact-why = Why
letter-fact-role = Role
letter-fact-login = Login name
letter-fact-address = New address
letter-by-owner = You, or somebody signed in as you
letter-by-staff = An administrator
letter-by-operator = Whoever runs the server
letter-by-server = The server, by itself
letter-role-administrator = Administrator
letter-role-helpdesk = Helpdesk
letter-role-auditor = Auditor
letter-role-none = None
letter-suspended-subject = Your account is suspended
letter-suspended = Your account was suspended. Its app passwords are revoked, and nobody can sign in to it.
letter-resumed-subject = Your account can be used again
letter-resumed = Your account is not suspended any more. Sign in as before, and make a new app password for each app that you use.
letter-role-subject = Your role has changed
letter-role = What you may do for other accounts has changed.
letter-password-changed-subject = Your password was changed
letter-password-changed = The password of your account was changed. All app passwords are revoked, and every other browser is signed out.
letter-password-reset-subject = Your password was reset
letter-password-reset = The password of your account was replaced by a new one. All app passwords are revoked, and every browser is signed out.
letter-factor-added-subject = A second factor was added
letter-factor-added = Your account has a new second factor. Whoever has it can sign in with it, together with your password.
letter-factor-removed-subject = A second factor was removed
letter-factor-removed = A second factor of your account was removed. It is not accepted any more.
letter-factors-gone-subject = Your account has no second factor any more
letter-factors-gone = The last second factor of your account was removed. Your app passwords are revoked, and there can be no new ones until you add a second factor.
letter-codes-made-subject = New recovery codes were made
letter-codes-made = Your account has new recovery codes. The old ones do not work any more.
letter-code-used-subject = A recovery code was used
letter-code-used = A recovery code of your account was used in place of another second factor.
letter-made-subject = A new app password was made: { $label }
letter-made = Your account has a new app password. Whoever has it can open what it is for, and nothing else.
letter-revoked-subject = An app password was revoked: { $label }
letter-revoked = An app password of yours was revoked. The app that used it is signed out, and it will not be accepted again, ever.
letter-all-revoked-subject = Your app passwords were revoked
letter-all-revoked = { $count ->
    [one] { $count } app password of yours was revoked. Its app is signed out.
   *[other] { $count } app passwords of yours were revoked. Their apps are signed out.
}
letter-expired-subject = An app password has expired: { $label }
letter-expired = The time of an app password of yours is over. The app that used it is signed out.
letter-expires-soon-subject = { $days ->
    [one] An app password expires within { $days } day: { $label }
   *[other] An app password expires within { $days } days: { $label }
}
letter-expires-soon = An app password of yours will soon stop working. Then the app that uses it is signed out.
letter-tried-subject = An app password that has ended is still being tried: { $label }
letter-tried = Something still tries to sign in with an app password of yours that has ended. It is refused each time.
letter-browser-subject = Your account was opened in a new browser
letter-browser = Somebody signed in to your account with your password and your second factor, in a browser that we have not seen before.
letter-removal-asked-subject = Your second factors are about to be removed
letter-removal-asked = An administrator was told that you have lost your second factors, and has asked for their removal. With them go your app passwords.
letter-removal-stopped-subject = Your second factors stay
letter-removal-stopped = The planned removal of your second factors was stopped. Nothing was removed.
letter-address-changed-subject = Notices about your account go to another address now
letter-address-changed = From now on notices about your account go to a new address. The old address gets this letter and then no more.
letter-address-given-subject = Is this your address?
letter-address-given = Somebody wants notices about an account to come to this address. If it was you, follow the link.
letter-link-address = Yes, send notices here
letter-invited-subject = Your account at { $site }
letter-invited = There is an account for you. Follow the link to choose a password and begin.
letter-link-invited = Begin
letter-reset-subject = Choose a new password
letter-reset = Somebody has asked to replace the forgotten password of your account. If it was you, follow the link; you will also need a second factor if you have one.
letter-link-reset = Choose a new password
letter-registration-subject = Finish making your account at { $site }
letter-registration = Somebody wants to make an account and gave this address for notices. If it was you, follow the link to choose a password.
letter-link-registration = Make the account
letter-failures-subject = What failed yesterday at { $site }
letter-failures = This went wrong yesterday (UTC), or waits for you.
letter-failed-letters = { $count ->
    [one] { $count } letter could not be delivered within three days.
   *[other] { $count } letters could not be delivered within three days.
}
letter-failed-tried = { $count ->
    [one] { $count } account has an app that still tries an app password that has ended.
   *[other] { $count } accounts have apps that still try app passwords that have ended.
}
letter-failed-primary = { $count ->
    [one] { $count } time an app sent a person’s own password in place of an app password.
   *[other] { $count } times an app sent a person’s own password in place of an app password.
}
letter-failed-removals = { $count ->
    [one] { $count } account is to lose its second factors because staff asked for it.
   *[other] { $count } accounts are to lose their second factors because staff asked for it.
}
letter-failed-suspended = { $count ->
    [one] { $count } account was suspended.
   *[other] { $count } accounts were suspended.
}
