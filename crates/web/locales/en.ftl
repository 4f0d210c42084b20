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
sign-in-for-app = Sign in to continue to “{ $label }”
sign-in-for-device = Sign in to let a device in
sign-in-unverified = Nobody has checked this name: the app calls itself so. Sign in only if you have begun this yourself just now.
login-name = Login name
login-name-hint = For example ada or ada@example.org
password = Password
your-password = Your password
password-for = For { $login }.
password-other = Another login name
sign-in-app-title = Is an app asking for a password?
sign-in-app = A mail, calendar or contacts app that asks for one needs an app password. Sign in here and make one; it takes a minute.
wrong-password = The login name or the password is wrong. Check both, and the Caps Lock key.
login-missing = Type your login name.
password-missing = Type your password.
second-factor = One more step
second-factor-lead = Show that it is you: open your authenticator app and type the six digits that it shows for { $site }.
second-factor-any = Show that it is you.
recovery-code-lead = Show that it is you: type one of the recovery codes that you saved or printed.
code = Code from the app
code-hint = Six digits
recovery-code = Recovery code
recovery-code-hint = One of the codes that you saved. Each is good once.
use-recovery-code = Use a recovery code instead
use-factor = Use your second factor instead
wrong-code = This code is wrong, was used before, or is too old. Wait for the next one and type that.
wrong-recovery-code = This recovery code is wrong or was used before. Try another one.
wait-a-little = { $seconds ->
    [one] Too many attempts. Try again in { $seconds } second.
   *[other] Too many attempts. Try again in { $seconds } seconds.
}
step-up = Is it still you?
step-up-lead = This concerns your passwords, so show your second factor once more. It counts for ten minutes.

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
home-no-factor = App passwords and authorised apps need it: then nobody who learns your password can let an app in.
add-authenticator = Add an authenticator app

# App passwords
app-passwords-lead = Each app gets a password of its own, which opens only what that app needs.
in-use = of { $max } in use
new-app-password = New app password
all-in-use = All { $max } are in use. Revoke one to make another.
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
scope-dav = Calendars and contacts
scope-mail-send = Sending mail only
scope-openid = Who you are
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
label-long = This name is too long: at most { $max } characters.
label-characters = A name cannot have line breaks or invisible characters.
opens = What may it open?
scope-mail-hint = Read, send and filter mail
scope-contacts-hint = Address books
scope-calendars-hint = Appointments and tasks
scope-dav-hint = Appointments, tasks and address books. This server keeps them side by side, so that an app gets both or neither
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
revoke-all-title-apps = Revoke all app passwords and remove all authorised apps?
remove-all-title = Remove all authorised apps?
revoke-all-connected = { $count ->
    [0] No app is connected now.
    [one] { $count } connection will be closed at once.
   *[other] { $count } connections will be closed at once.
}
revoke-all-text = { $count ->
    [one] { $count } app password will not be accepted again, ever.
   *[other] { $count } app passwords will not be accepted again, ever.
}
remove-all-text = { $count ->
    [one] { $count } authorised app will be removed and signed out.
   *[other] { $count } authorised apps will be removed and signed out.
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
removed-all = { $count ->
    [one] { $count } authorised app is removed.
   *[other] { $count } authorised apps are removed.
}

# Other servers, which are told that somebody is signed out
other-servers = Other servers
other-plan-person = On { $server } all apps of the account are signed out. Those that are still let in sign in again by themselves.
other-plan-told = { $server } is told.
other-plan-nothing = { $server } cannot be told. Its sessions are short.
other-closed = { $server }: { $count ->
    [0] no connection was open.
    [one] { $count } connection closed.
   *[other] { $count } connections closed.
}
other-told = { $server }: told.
other-final-in = Final in { $seconds } s.
other-pending = { $server }: pending, { $why }.
other-given-up = { $server }: given up, { $why }. What is open there may live on.
other-cannot = { $server }: cannot be told; its sessions are short.
other-not-configured = { $server }: cannot be told; it is no longer in the configuration.
other-why-not-yet = not told yet
other-why-unreachable = it does not answer
other-why-untrusted = its certificate is not trusted
other-why-too-slow = it does not answer in time
other-why-status = it answered with status { $code }
other-why-garbled = it could not do it
other-why-exit-code = exit code { $code }
other-why-signal = ended by signal { $code }
other-why-no-program = its command does not start
other-why-unfit-login = it cannot be told of this login name

# History
history-lead = App passwords that do not work any more.
history-lead-apps = Apps that were let in with your account, and are not any more.
history-empty = Nothing has been revoked or has expired yet.
history-empty-apps = No app has been removed or has expired yet.
ended-revoked = Revoked
ended-expired = Expired
why-asked = You revoked it.
why-staff = The staff of this server revoked it.
why-all-asked = You revoked all of them.
why-asked-app = You removed it.
why-staff-app = The staff of this server removed it.
why-all-asked-apps = You removed all of them.
why-password-changed = You changed your password.
why-password-reset = Your password was reset.
why-second-factor-removed = The last second factor was removed.
why-suspended = Your account was suspended.
why-deleted = The account was deleted.
why-by-app = The app gave it back.
why-token-replayed = Something that is good only once was used twice: a second device may have a copy of it.
why-expired = Its time was over.

# Connected now
connected-lead = Apps that are signed in to your account at this moment.
connected-empty = No app is connected. When one signs in, you see it here.
connected-since = Since
connected-from = From
connected-by = By
connected-data = Data
connected-amounts = { $from } from the app, { $to } to it
in-kilobytes = { $count } kB
in-megabytes = { $count } MB
unknown-app = An app
sign-out-app = Sign out
app-signed-out = The app was signed out. It may sign in again with its app password; revoke that to keep it out.
authorised-app-signed-out = The app was signed out. It may sign in again; remove it under Authorised apps to keep it out.
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
password-as-before = This is your password already. Choose another one.
passwords-differ = The two new passwords are not the same. Type both again.
old-wrong = This is not your old password.
password-changed = Your password is changed.
password-changed-next = Make a new app password for each app that you still use.
password-changed-next-apps = Sign in again with each authorised app that you still use.
second-factors = Second factors
second-factors-lead = What you show besides your password.
no-second-factor = You have none yet. You need one to let apps in.
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
remove-factor = It will no longer be accepted when you sign in.
remove-last-factor = It is your last second factor. Without one no app can be let in, and every other browser is signed out.
factor-removed = The second factor was removed.
codes-title = Your recovery codes
codes-lead = Each takes the place of your second factor once, for example if your phone is gone. Print them or write them down; they are shown only now.
print = Print
codes-done = I have saved them

# When something is not as it should be
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

# Passkeys and trusted browsers
passkey = Passkey
passkey-lead = Confirm with your finger, your face or the PIN of this device.
use-passkey = Use a passkey
add-passkey = Add a passkey
add-passkey-lead = Your phone, computer or security key then confirms that it is you, with a finger, a face or a PIN. There is nothing to type and nothing to forget.
passkey-name-hint = So that you know later which device it is on
make-passkey = Make the passkey
passkey-added = The passkey was added.
passkey-about = Your phone, computer or security key confirms that it is you. The safest way, and the quickest.
authenticator-about = An app on your phone shows six digits, which you type.
passkey-needs-script = A passkey needs scripts, which are switched off in this browser.
wrong-passkey = The passkey was not accepted. Try again, or sign in another way.
passkey-not-made = No passkey was made. Try again, or add an authenticator app instead.
too-many-factors = You have as many second factors as you may have. Remove one first.
trust-browser = { $days ->
    [one] Trust this browser: do not ask again here for { $days } day
   *[other] Trust this browser: do not ask again here for { $days } days
}
trusted-browsers = Trusted browsers
trusted-browsers-lead = Here you are asked for your password only. Before anything about your passwords changes, you are still asked for your second factor.
trusted-until = Trusted until
end-trust = End trust
trust-ended = That browser is asked for the second factor again.
rename = Rename
factor-name-hint = A name that you will recognise, for example Phone
factor-renamed = The second factor has its new name.
factors-removal = The staff of this server asked for the removal of all your second factors. That happens
factors-removal-text = No app gets in any more then. If you have not lost your second factors, stop it: perhaps somebody pretended to be you.
factors-removal-stop = Stop it, I still have them
removal-stopped = Your second factors stay.
show = Show
hide = Hide
strength-0 = Very easy to guess
strength-1 = Easy to guess
strength-2 = Could be better
strength-3 = Good
strength-4 = Very good

# Becoming an account holder
join-title = Welcome
join-lead = { $login } is your account. Choose what only you know.
your-name = Your name
your-name-hint = As others see it; you may leave it empty
name-wrong = A name has at most 200 characters, and no line breaks.
choose-password = Choose a password
choose-password-again = The same password again
notice-address = An address for notices
notice-address-hint = Another mailbox of yours, not this one. When something happens to your account, or you forget your password, we write there.
address-wrong = This is not a mail address. It looks like ada@example.net.
address-own = This is the mailbox of this very account. Choose another one: you could not read it when you are locked out.
welcome = One more step
welcome-lead = Your password is set. Now add a second factor: with it, nobody who learns your password gets in. You need it to let your apps in.
later = Later
register = Make an account
register-lead = At { $site }.
register-login-hint = What stands before the @, for example ada
register-sent = A letter is on its way to { $address }. Follow the link in it within 24 hours.
letter-title = Look into your mailbox
login-name-wrong = This cannot be a login name. Use letters, digits, dots and hyphens.
login-name-taken = This login name is taken. Choose another one.
have-account = I have an account

# A forgotten password
forgot = Forgotten your password?
forgot-lead = We send a link to your address for notices. If you have a second factor, you need that, or a recovery code, as well.
forgot-sent = If { $login } is an account and has an address for notices, a link is on its way there. It is good for one hour.
send-letter = Send me a link
staff-code = A code from an administrator
staff-code-hint = If you have no address for notices, ask an administrator for a code. It looks like abcd-efgh-ijkl-mnop.
staff-code-wrong = This code is wrong, was used already, or is too old. Ask for a new one.
back-to-sign-in = Back to signing in
reset-title = Choose a new password
reset-before = Your apps stop working until you let each in anew, and every browser is signed out. Your second factors stay.
set-password = Set the new password
reset-done = Your password is changed
error-link = This link no longer works
error-link-text = It was used already, or its time is over. Ask for a new one where you got it from.

# Administration
administration = Administration
home-administration = The accounts of others, who is connected, and what was done.
accounts = Accounts
connections = Connections
audit-log = Audit log
settings = Settings
search = Search
pages = Pages
page-before = Before
page-after = After
yes = Yes
no = No
quoted = “{ $text }”

# Accounts
accounts-lead = Everybody who signs in here, and every device.
accounts-found = Accounts found
accounts-caption = By login name
accounts-none = No account is like that. Try fewer letters, or another state.
search-names = Name or login name
account = Account
account-id = Id
kind = Kind
person = Person
device = Device
devices = Devices
state = State
state-any = Any
state-active = Active
state-invited = Invited
state-unprotected = Needs a second factor
state-suspended = Suspended
role = Role
role-none = No role
role-administrator = Administrator
role-helpdesk = Helpdesk
role-auditor = Auditor
role-text = An administrator may do everything but see the secrets of others. The helpdesk invites, resets and signs out, for accounts without a role. An auditor reads, and changes nothing. A change of the role takes back the links that are open for the account.
role-save = Set the role
role-set = The role of { $name } is now: { $role }.
role-change = before: { $before }, now: { $after }
factor-passkey = Passkey
factors-none = None
factors-none-yet = There is none yet. Without one no app can be let in.
factors-device = None needed
last-use-by-app = Last use by an app
of-so-many = { $count } of { $max }
of-so-many-in-use = { $count } of { $max } in use.
invite-someone = Invite someone
invite-someone-lead = They choose a password and a second factor themselves. You never see either.
new-device = New device
new-device-lead = A printer, a scanner or a script: it has no password and no pages, only app passwords that you make for it.
account-name = Name
account-name-hint = As others know them, for example Ada Marlow
account-name-hint-device = So that it is found again, for example Scanner, first floor
account-name-wrong = A name is one line of at most 200 characters.
account-notice = Address for notices
account-notice-hint = Outside the mailbox that this account opens. Without one, nobody can be told by mail what happens to it.
account-notice-wrong = This is not an address. It looks like ada@example.net.
account-notice-missing = Give an address that the invitation can be sent to, or hand the link over.
account-notice-own = This is the account’s own mailbox. Give an address outside it, or leave this empty.
account-login-wrong = “{ $text }” cannot be a login name.
account-login-taken = { $login } is taken, or was until not long ago.
mail-invitation = Send the invitation there as well
more-login-names = More login names
more-login-names-hint = Other names for the same mailbox, one on each line.
more-login-names-many = At most { $max } at a time.
make-invitation = Make the invitation
make-device = Make the device
device-made = The device is made. Now it needs an app password.
invitation-mailed = The invitation is on its way by mail, too.
invitation-not-mailed = The invitation could not be sent by mail. Hand over the link below.

# A link, shown once
once-title = A link, good once
once-invitation = With it { $name } chooses a password and a second factor.
once-reset = With it { $name } chooses a new password, and shows a second factor if there is one.
once-code = The code
once-link = The link with the code in it
once-until = Good until:
once-shown = It is shown only now: when you leave this page, nobody can show it again.
once-hand-over = Hand it over in person, by telephone or on paper, never by mail to the mailbox that it opens.
once-done = Done, it is handed over
once-gone = This link was shown already
once-gone-text = Nobody can show it again. If it was not handed over, make a new one: the old one then no longer works.
once-again = Make a new one
open-links = Links that are still good
open-link-invitation = Invitation
open-link-reset = New password
open-link-address = Proof of an address

# One account
nothing-given = None given
password-chosen = Chosen
password-not-chosen = Not chosen yet
login-names = Login names
login-name-first = The first one stays as long as the account.
one-more-login-name = One more login name
login-name-added = { $login } is added.
login-name-removed = { $login } is removed.
recovery-codes-left = { $count ->
    [one] { $count } recovery code is left.
   *[other] { $count } recovery codes are left.
}
fact-last-tried = Last tried
nobody-connected = No app is connected, and no browser is signed in.
factors-end-title = All second factors will be removed
factors-end-text = The owner was told, and can stop it until then:

# What is done to an account
suspend = Suspend
resume = Resume
delete = Delete
sign-out-everywhere = Sign out everywhere
remove-factors = Remove all second factors
keep-factors = Keep the second factors
ask-revoke-all = Revoke all app passwords of { $name }?
ask-revoke-all-apps = Revoke all app passwords and remove all authorised apps of { $name }?
ask-remove-all = Remove all authorised apps of { $name }?
ask-sign-out = Sign { $name } out everywhere?
ask-reset = Make a link for a new password for { $name }?
ask-reset-button = Reset the password
ask-invite-again = Make a new invitation for { $name }?
ask-suspend = Suspend { $name }?
ask-resume = Let { $name } go on?
ask-delete = Delete { $name }?
ask-remove-factors = Remove all second factors of { $name }?
ask-keep-factors = Keep the second factors of { $name }?
ask-remove-login-name = Remove { $login }?
browsers-signed-out = { $count ->
    [0] No browser is signed in.
    [one] { $count } browser will be signed out.
   *[other] { $count } browsers will be signed out.
}
browsers-were-signed-out = { $count ->
    [0] No browser was signed in.
    [one] { $count } browser signed out.
   *[other] { $count } browsers signed out.
}
sign-out-may-return = Apps may come again by themselves. “{ revoke-all }” keeps them out.
ask-reset-text = The old password works until the link is used. Then it is replaced, and no app gets in until it is let in anew.
reset-factors-stay = The second factors stay: the link does not take their place.
invite-again-text = An older invitation that you handed over then no longer works.
suspend-text = Nobody can sign in until it is resumed. What is revoked and removed stays so.
suspended = { $name } is suspended.
resume-text = The owner can sign in again. What was revoked and removed stays so.
resumed = { $name } can go on.
delete-factors = { $count ->
    [0] The password, the open links and the known browsers are gone for ever.
    [one] The password, { $count } second factor, the open links and the known browsers are gone for ever.
   *[other] The password, { $count } second factors, the open links and the known browsers are gone for ever.
}
delete-names = The login names stay reserved for a while, so that nobody else gets mail that is meant for this account.
delete-audit = The audit log keeps what was done, without names. This cannot be undone.
deleted = { $name } is deleted.
remove-factors-untold = There is no address for notices: tell the owner yourself.
remove-factors-asked-untold = The second factors will be removed when the time is over. There is no address for notices: tell the owner yourself.
factors-end-untold = There is no address for notices, so tell the owner yourself. They can stop it until then:
remove-factors-told = The owner is told now, at the address for notices, and can stop it.
remove-factors-wait = Time to stop it: { $time }. Then all second factors go, and no app gets in any more.
remove-factors-asked = The owner was told. The second factors will be removed when the time is over.
keep-factors-text = What staff had asked for is stopped. Nothing changes for the owner.
factors-kept = Stopped: the second factors stay.
factors-kept-already = Nobody had asked for that any more.
remove-login-name-text = Nobody can sign in with it any more. All connections of this account are closed; apps with another of its names come again by themselves.

# Connections
connections-lead = Every app that is signed in at this moment, the oldest first.
connections-none = No app is connected.
connections-caption = { $count ->
    [one] { $count } connection
   *[other] { $count } connections
}
connections-oldest = The { $count } oldest; there are more.
app = App

# Audit log
audit-lead = Who did what, the newest first.
audit-who = Who did it
audit-what = What
audit-when = When
audit-since = From (UTC)
audit-until = Up to and including (UTC)
audit-anything = Anything
audit-none = Nothing of that kind was done.
audit-nobody = Nobody has this login name, or had it not long ago.
audit-no-day = This is no day of the calendar. Write it like 2026-11-21.
audit-older = Older
export-csv = Export as CSV
export-json = Export as JSON lines
operator = Operator of the server
deleted-account = a deleted account
audit-account = All about accounts
audit-app-password = All about app passwords
audit-app = All about authorised apps
audit-portal = All sign-ins and sign-outs here
audit-account-created = Account made
audit-account-suspended = Account suspended
audit-account-resumed = Account resumed
audit-account-deleted = Account deleted
audit-account-role-set = Role set
audit-account-login-name-added = Login name added
audit-account-login-name-removed = Login name removed
audit-account-invited = Invitation sent by mail
audit-account-registration-asked = Registration asked for
audit-account-profile-changed = Name or language changed
audit-password-set = First password chosen
audit-password-changed = Password changed
audit-password-reset = Password reset
audit-password-reset-asked = Link for a new password asked for
audit-password-tried-by-app = An app sent the account’s own password
audit-second-factor-added = Second factor added
audit-second-factor-removed = Second factor removed
audit-second-factor-renamed = Second factor renamed
audit-second-factors-removal-asked = Removal of all second factors asked for
audit-second-factors-removal-stopped = Removal of all second factors stopped
audit-recovery-codes-made = Recovery codes made
audit-recovery-code-used = Recovery code used
audit-app-password-created = App password made
audit-app-password-revoked = App password revoked
audit-app-password-all-revoked = All app passwords revoked
audit-app-authorised = App authorised
audit-app-removed = App removed
audit-app-all-removed = All authorised apps removed
audit-app-tried-after-end = An authorised app tried to get in after its end
audit-app-expired = Time of an authorised app over
audit-app-password-expired = App password expired
audit-app-password-tried-after-end = A dead app password was tried
audit-portal-signed-in = Signed in
audit-portal-signed-out = Signed out by hand
audit-portal-signed-in-from-new-browser = Signed in from a new browser
audit-browser-trusted = Browser trusted
audit-browser-trust-ended = Trust in a browser ended
audit-link-made = Link made to be handed over
audit-notice-address-given = Address for notices given
audit-app-password-expires-soon = Warned that an app password expires soon
audit-letter-given-up = A letter could not be delivered
audit-sign-out-given-up = Another server could not be told to sign somebody out
audit-failures-of-the-day = Administrators told what failed in a day
audit-notice-address-changed = Address for notices changed

# Settings, for looking at
settings-lead-admin = How this server is set. It is changed in its configuration, by whoever runs it.
set-portal = This portal
set-site = Accounts for
set-contact = Whom to ask
set-apps = What apps are told for { $service }
set-sessions = Signing in here
set-session-idle = Signed out when idle for
set-session-max = Signed out at the latest after
set-browser-trust = A trusted browser is trusted for
set-policy = Rules
set-admin-may-create = Administrators may make app passwords for people
set-registration = Everybody may make an account of their own
set-factor-removal = Time to stop the removal of second factors
set-letters = App passwords have
set-so-many-letters = { $count ->
    [one] { $count } letter
   *[other] { $count } letters
}
set-oauth-on = Apps may be authorised with the account
set-oauth-registration = Apps may register themselves
set-oauth-own = Our own: its users are not asked
set-oauth-named = Known here by name
set-oauth-asks = May ask whose a token is
set-throttle = Against guessing
set-throttle-account = Wrong app passwords of one account
set-throttle-network = Wrong app passwords of one network
set-throttle-guesses = Wrong passwords and codes here
set-rate = { $burst } at once, then { $hour } in an hour
set-delay-max = Longest wait before a refusal
set-retention = How long it is kept
set-ended = Ended app passwords
set-names = Login names of deleted accounts
time-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
time-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
time-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
time-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}

# Help
help-title = Using app passwords
help-lead = How to get mail, calendars and contacts into an app, and what to do when that does not work.
help-on = On this page
help-beside = The app does not get in? Help opens beside this page.
help-what = What an app password is
help-what-1 = A random password for one app. It opens only what that app needs: mail, contacts, calendars, or nothing but sending.
help-what-2 = It never opens this portal. No app, and nobody who takes one from it, can change your account or lock you out.
help-what-3 = Make one for each app; you may have { $max } at a time. Then you can take the key from one app, and the others go on.
help-make = Make one in three steps
help-make-1 = Sign in here, open “{ app-passwords }” and choose “{ new-app-password }”. You need a second factor for that; if you have none yet, the page leads you to it.
help-make-2 = Give it the name of the app and choose what it may open. It is then shown to you, once.
help-make-3 = In the app, put it into the field for the password. The user name is your whole login name.
help-make-where = Hyphens, spaces and capitals do not matter. Never type your own password into an app: it works on this portal only.
help-without = Without an app password
help-without-apps = An app that sends you to this portal by itself needs none: sign in, say what it may open, and it is in. You find it under “{ authorised-apps }”.
help-without-flow = In DAVx⁵ and other apps that know Nextcloud nothing is typed: choose “Nextcloud” and give the address { $address }. The app gets an app password of its own.
help-without-device = Does a television or another device show you a code?
help-without-code = Type it here
help-user-name = Your whole login name, the one that you sign in with here
help-password = The password is the app password, for everything that the app does: getting mail and sending it, calendars and contacts.
help-no-settings = Nobody has told this page yet where your mail and your calendars are. Ask whoever runs this server.
help-trouble = When something does not work
help-anew = Whatever it is: begin with a new one
help-anew-1 = Revoke the app password that the app has, make a new one and put that into the app. It takes a minute, your other apps notice nothing, and every mistake in typing is gone.
help-anew-2 = Leave the page with the new one open until the app has signed in: it tells you the moment that it does.
help-send = Mail comes in, but does not go out
help-send-1 = Most apps keep a second user name and password for sending, under “outgoing server” or “SMTP”, and often these are empty. Switch signing in on there, and give it the same two as for incoming mail: your whole login name and the same app password.
help-send-settings = Outgoing server: { $server }, port { $port }, security SSL/TLS.
help-send-unknown = Where mail is sent, this page has not been told. Ask whoever runs this server for the outgoing server and its port.
help-send-2 = Look also at what the app password opens: it must be “{ scope-mail }” or “{ scope-mail-send }”.
help-stopped = It worked, and now it does not
help-stopped-1 = An app password works until one of these happens:
help-stopped-revoked = You, or the staff of this server, revoked it.
help-stopped-password = Your password was changed or reset. Then all of them end at once, so that nobody stays who knew the old one.
help-stopped-factor = Your last second factor was removed. Without one there are no app passwords.
help-stopped-expired = It had a last day, and that is over.
help-stopped-2 = You are told before: the page on which you change your password says how many will stop, and “{ expires-soon }” stands beside one for its last two weeks. Afterwards you find in “{ history }” when each one ended and why, and a letter goes to your address for notices.
help-stopped-3 = What has ended never works again. Make a new one for each app that you still use.
help-stopped-apps = An app without an app password ends with your password and your last second factor, too. Sign in with it again.
help-unclear = I cannot tell what went wrong
help-unclear-watch = “{ watch-title }” stands beside a new app password. It says when and how the app got in, and also if it sent your own password instead.
help-unclear-used = “{ fact-last-used }”, in the list of your app passwords, says when, by which app and from where each one got in. “{ never-yet }” means that the app never got in with it: look at the user name, the server and the port.
help-unclear-tried = “{ still-tried }”, in “{ history }”, means that an app still has one that has ended. Give that app a new one, or remove the account from it.
help-unclear-activity = “{ activity }”, under “{ security }”, lists everything that happened to your account.
help-message = What the app’s message means
help-message-wrong = “Wrong password”, “authentication failed”
help-message-wrong-text = The server did not take what the app sent. It is mistyped, revoked or expired, or the user name is not the whole login name. Make a new one.
help-message-own = “App password needed”, “use an app password”
help-message-own-text = The app sent your own password. Put an app password in its place.
help-message-later = “Try again later”, “temporarily unavailable”
help-message-later-text = The server is busy or being mended. The password is right: change nothing, and the app comes back by itself.
help-message-reach = “Cannot connect”, “timed out”, “certificate”
help-message-reach-text = The app does not reach the server at all. Compare server, port and security with those above.
help-lost = When something is lost
help-phone = A phone or a computer
help-phone-1 = Revoke its app passwords: its apps are signed out at once and never get in again. If you do not know which ones they are, revoke all, and make new ones for the devices that you still have.
help-phone-2 = Then look at “{ security }”: sign its browser out there, and end the trust in it. If your second factor was on that phone, first add another one and then remove the lost one.
help-phone-apps = Apps without an app password stand under “{ authorised-apps }”: remove them there.
help-factor = The second factor
help-factor-1 = Sign in with a recovery code: after your password, choose “{ use-recovery-code }”. Add a new second factor first and remove the lost one afterwards, since without any second factor no app gets in any more.
help-factor-2 = No recovery code left either? Ask whoever runs this server to remove your second factors. You are told, and it takes a while, so that nobody can do it in your name.
help-more = Other apps and devices
help-dav = Calendars and contacts
help-dav-1 = Add an account of the kind CalDAV for calendars and CardDAV for contacts; some apps call it “other account”. From the address, your login name and an app password, they find the rest by themselves.
help-dav-2 = Android needs an app for this, for example DAVx⁵. One app password is enough for both, if it opens “{ scope-contacts }” and “{ scope-calendars }”.
help-dav-2-as-one = Android needs an app for this, for example DAVx⁵. One app password is enough for both, if it opens “{ scope-dav }”.
help-old = Old devices, printers and scanners
help-old-1 = A device that knows nothing of second factors takes an app password like any app. For a printer or scanner choose “{ scope-mail-send }”: whoever opens it up finds nothing that reads your mail. If it never moves, allow only its own network, under “{ more }”.
help-old-2 = It must be able to encrypt (SSL/TLS). If it cannot, do not give it a password; ask whoever runs this server for another way.

# You
you = You
you-lead = Your name, your language, and where you are told what happens.
home-you = Your name, your language and where notices go.
your-language = Language
your-language-hint = Of these pages, and of letters to you.
language-of-browser = As the browser asks
save = Save
you-changed = Saved.
notices = Notices
notices-lead = A letter tells you when somebody signs in from a new browser, or your password, your second factors or the apps that you let in change.
notices-go-to = They go to { $address }.
notices-go-nowhere = They go nowhere yet: give an address.
notice-address-new = A new address for notices
notice-address-send = Send a letter there
notice-address-given = A letter is on its way to { $address }. Follow the link in it within 24 hours; until then nothing changes.
notice-link = Is this your address?
notice-link-text = Notices about an account here are to go to { $address }.
notice-link-yes = Yes, send notices there
notice-link-not-you = Not you? Then close this page: nothing happens.
notice-link-done = Thank you
notice-link-done-text = From now on, notices go to { $address }.
notice-link-over = This link is over
notice-link-over-text = It was used already, it is older than 24 hours, or a newer letter has taken its place. Under “{ you }” you see where notices go, and can have another letter sent.

# Recent activity
activity = Recent activity
activity-lead = The last fifty things that happened to your account.
activity-show = Show recent activity
activity-not-you = Something there that was not you?
by-administrator = by the staff of this server
by-operator = by the operator of this server
by-valetkey = by Valetkey

# What is not as it should be
still-tried = Still being tried
still-tried-next = Remove it from that app, or give the app a new one.
amiss-tried = { $count ->
    [one] An app still tries an app password that has ended. It opens nothing, and that app gets nothing.
   *[other] Apps still try { $count } app passwords that have ended. They open nothing, and those apps get nothing.
}
amiss-tried-which = See which
amiss-primary-title = An app sent your own password
amiss-primary-last = Last time
amiss-primary = It was not let in. Put an app password in its place; if that app is not yours, change your password.

# Letters
letter-hello = Hello { $name },
letter-hello-nobody = Hello,
letter-was-you = Was it you?
letter-was-you-text = Then there is nothing to do.
letter-not-you = Was it not you?
letter-not-you-revoke = Sign in to the portal, revoke this app password, then change your password.
letter-not-you-app = Remove the app now, then change your password: whoever authorised it knows it.
letter-not-you-password = Sign in to the portal, change your password, and look at your second factors and signed-in browsers. If you cannot sign in any more, tell whoever runs the server at once.
letter-not-you-factor = Sign in to the portal, remove under “{ security }” what you do not know, then change your password.
letter-not-you-removal = Sign in to the portal and stop it under “{ security }”. Then nothing is removed.
letter-not-you-ignore = Then do nothing: without the link nothing happens.
letter-next = What to do
letter-next-contact = If this surprises you, ask whoever runs the server.
letter-next-app = If an app still needs it, make a new app password for that app. If you do not know which app it was, there is nothing to do.
letter-next-removed = If you still use the app, sign in to your account with it again.
letter-next-all-removed = If you still use one of them, sign in to your account with it again.
letter-next-all-ended = For each app that you still use, make a new app password or sign in to your account with it again.
letter-next-new = Make a new app password and put it into the app in place of this one.
letter-next-tried = Find the device or app that still has it. Remove the account there, or give it a new app password. If you do not know it, somebody else may have it: it opens nothing any more.
letter-next-removed-tried = If you still use the app, sign in to your account with it again; if not, remove your account from it. If you do not know it, somebody else may have what it had: that opens nothing any more.
letter-next-failures = The audit log has each of these, with its time and its account.
letter-open-app-passwords = See my app passwords
letter-open-authorised-apps = See my authorised apps
letter-open-security = See my security settings
letter-open-portal = Open the portal
letter-type-address = Or type this address yourself: { $address }
letter-link-until = The link is good once, until { $time }.
letter-never = We never put a password in a letter, and never ask for yours by mail.
letter-fact-app-password = App password
letter-fact-app = App
letter-fact-factor = Second factor
letter-fact-when = When
letter-fact-due = Planned for
letter-fact-from = From
letter-fact-client = With
letter-fact-service = Over
letter-fact-by = By
letter-fact-why = Why
letter-why-all-asked = Everything was revoked together.
letter-why-password-changed = The password was changed.
letter-fact-role = Role
letter-fact-login = Login name
letter-fact-address = New address
letter-by-owner = You, or somebody signed in as you
letter-by-staff = The staff of this server
letter-by-operator = Whoever runs the server
letter-by-server = The server, by itself
letter-role-administrator = Administrator
letter-role-helpdesk = Helpdesk
letter-role-auditor = Auditor
letter-role-none = None
letter-suspended-subject = Your account is suspended
letter-suspended = Your account was suspended. Every app is signed out, and nobody can sign in to it.
letter-resumed-subject = Your account can be used again
letter-resumed = Your account is not suspended any more. Sign in as before, and let each app that you use in anew.
letter-role-subject = Your role has changed
letter-role = What you may do for other accounts has changed.
letter-password-changed-subject = Your password was changed
letter-password-changed = The password of your account was changed. Every app and every other browser is signed out, and each app must be let in anew.
letter-password-reset-subject = Your password was reset
letter-password-reset = The password of your account was replaced by a new one. Every app and every browser is signed out, and each app must be let in anew.
letter-factor-added-subject = A second factor was added
letter-factor-added = Your account has a new second factor. Whoever has it can use it to sign in.
letter-factor-removed-subject = A second factor was removed
letter-factor-removed = A second factor of your account was removed. It is not accepted any more.
letter-factors-gone-subject = Your account has no second factor any more
letter-factors-gone = The last second factor of your account was removed. Every app is signed out, and none can be let in until you add a second factor.
letter-codes-made-subject = New recovery codes were made
letter-codes-made = Your account has new recovery codes. The old ones do not work any more.
letter-code-used-subject = A recovery code was used
letter-code-used = A recovery code of your account was used in place of another second factor.
letter-made-subject = A new app password was made: { $label }
letter-made = Your account has a new app password. Whoever has it can open what it is for, and nothing else.
letter-authorised-subject = An app was authorised: { $label }
letter-authorised = An app may now open your account, as you allowed it to. It has no password of yours.
letter-removed-subject = An app was removed: { $label }
letter-removed = An app that you had authorised was removed from your account. It is signed out, and comes back only if you authorise it again.
letter-revoked-subject = An app password was revoked: { $label }
letter-revoked = An app password of yours was revoked. The app that used it is signed out, and it will not be accepted again, ever.
letter-all-revoked-subject = Your app passwords were revoked
letter-all-revoked = { $count ->
    [one] { $count } app password of yours was revoked. Its app is signed out.
   *[other] { $count } app passwords of yours were revoked. Their apps are signed out.
}
letter-all-removed-subject = Your authorised apps were removed
letter-all-removed = { $apps ->
    [one] { $apps } app that you had authorised was removed. It is signed out.
   *[other] { $apps } apps that you had authorised were removed. They are signed out.
}
letter-all-ended-subject = Your app passwords were revoked, and your authorised apps removed
letter-expired-subject = An app password has expired: { $label }
letter-expired = The time of an app password of yours is over. The app that used it is signed out.
letter-expires-soon-subject = { $days ->
    [one] An app password expires within { $days } day: { $label }
   *[other] An app password expires within { $days } days: { $label }
}
letter-expires-soon = An app password of yours will soon stop working. Then the app that uses it is signed out.
letter-tried-subject = An app password that has ended is still being tried: { $label }
letter-tried = Something still tries to sign in with an app password of yours that has ended. It is refused each time.
letter-removed-tried-subject = An app that was removed still tries to get in: { $label }
letter-removed-tried = An app that you had authorised still tries to sign in, although it was removed. It is refused each time.
letter-browser-subject = Your account was opened in a new browser
letter-browser = Somebody signed in to your account in a browser that has not been used for it before.
letter-removal-asked-subject = Your second factors are about to be removed
letter-removal-asked = The staff of this server were told that you have lost your second factors, and asked for their removal. No app gets in any more then.
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
letter-failed-sign-outs = { $count ->
    [one] { $count } sign-out at another server was given up: sessions there may live on.
   *[other] { $count } sign-outs at other servers were given up: sessions there may live on.
}
letter-failed-tried = { $count ->
    [one] { $count } account has an app that still tries an app password that has ended.
   *[other] { $count } accounts have apps that still try app passwords that have ended.
}
letter-failed-primary = { $count ->
    [one] { $count } app sent a person’s own password in place of an app password.
   *[other] { $count } apps sent a person’s own password in place of an app password.
}
letter-failed-removals = { $count ->
    [one] { $count } account is to lose its second factors because staff asked for it.
   *[other] { $count } accounts are to lose their second factors because staff asked for it.
}
letter-failed-suspended = { $count ->
    [one] { $count } account was suspended.
   *[other] { $count } accounts were suspended.
}

# What one should know before and after
change-before-browsers = Every other browser is signed out, and no browser is trusted any more.
other-browsers-out = Every other browser is signed out.
new-codes-before = The codes that you have now stop working at once. The new ones are shown once: have a printer or paper ready.
error-taken = This name is taken
error-taken-text = Somebody has it. Ask for an account once more, with another name.
name-missing = Give it a name that you will recognise.
wait-minutes = { $minutes ->
    [one] Too many attempts. Try again in { $minutes } minute.
   *[other] Too many attempts. Try again in { $minutes } minutes.
}

# Apps that are authorised with the account, and have no app password
authorised-apps = Authorised apps
authorised-lead = Apps that you let in with your account. They need no app password.
authorised-empty-title = No authorised app yet
authorised-empty = Some apps bring you to this page to sign in, and ask for no app password. Those that you allow are listed here, and you can remove them at any time.
home-authorised = { $count ->
    [0] You have let no app in without an app password.
    [one] You have let { $count } app in without an app password.
   *[other] You have let { $count } apps in without an app password.
}
remove-app-title = Remove “{ $label }”?
remove-app-connected = { $count ->
    [0] It is not connected now. It stays out until you let it in again.
    [one] It is signed out at once ({ $count } connection), and stays out until you let it in again.
   *[other] It is signed out at once ({ $count } connections), and stays out until you let it in again.
}
ask-remove-app-connected = { $count ->
    [0] It is not connected now. It stays out until its owner lets it in again.
    [one] It is signed out at once ({ $count } connection), and stays out until its owner lets it in again.
   *[other] It is signed out at once ({ $count } connections), and stays out until its owner lets it in again.
}
account-authorised = { $count ->
    [0] No app is authorised.
    [one] { $count } app is authorised.
   *[other] { $count } apps are authorised.
}
app-name = App’s name
app-name-checked = Given to it by whoever runs this server
app-name-unchecked = Nobody has checked it: the app calls itself so
ended-removed = Removed
app-removed = “{ $label }” is removed.
consent-title = Let “{ $label }” in?
consent-lead = This app asks to use the account { $login }.
consent-unverified = Nobody has checked this name: the app calls itself so. Allow it only if you have begun this yourself just now.
consent-opens = It will be able to open
consent-opens-nothing = It will be able to open nothing of yours
consent-openid = It learns who you are: { $login }.
consent-offline = It may do so until you remove it under Authorised apps.
consent-once = It may do so for one hour.
consent-never = It never learns your password, and cannot change your account.
consent-back = Afterwards you are back at { $host }.
consent-back-here = Afterwards you are back in an app on this device ({ $host }).
too-many-apps = You have let in { $max } apps already, and nobody may have more. Remove one that you no longer use under “{ authorised-apps }”, then allow this one.
allow = Allow
deny = Deny
back-to-app = Back to “{ $label }”
back-to-app-text = You are signed in. If nothing happens, continue by yourself.
doubtful-app = “{ $label }” cannot be let in like this
doubtful-app-text = It asked for something that cannot be given. Nothing was opened. Nobody has checked this app or its website { $host }: go there only if you have just begun this yourself.
stay-here = Stay here
go-on-to = Go to { $host }
for-makers = For whoever makes the app:
error-app = This app cannot be let in
error-app-text = It is not known here, or it wants you sent to an address that is not its own. Nothing was opened. Begin again in the app; if it stays so, ask whoever makes it.

# Apps that are begun elsewhere: on a device without a browser, or to get an app password of their own
device-title = Let a device in
device-lead = A television, a terminal or another device without a browser shows a code. With it you let its app use the account { $login }.
device-code = Code on the device
device-code-hint = Eight letters, for example WDJB-MJHT. Capitals and the hyphen do not matter.
device-code-compare = The link has filled it in. Go on only if your device shows the same code.
device-code-wrong = This code is not right, was used already, or is older than ten minutes. Look at the device once more, or let it show a new one.
begun-question = Did you start this yourself just now?
begun-at = Begun
begun-from = From
begun-agent = The app calls itself
begun-from-here = { $network }, where this browser is too
begun-from-elsewhere = { $network }, and this browser is somewhere else
begun-from-somewhere = The address { $network }
begun-from-unknown = An address that is not known
begun-warning = If somebody sent you here or gave you a code, deny it: they would get into your account.
begun-allow = Yes, allow it
device-allowed = “{ $label }” is let in
device-allowed-text = Go back to the device: it goes on by itself in a moment. You can remove the app at any time under Authorised apps.
flow-title = Make an app password for “{ $label }”?
flow-lead = The app has opened this page. It gets an app password of its own for the account { $login }, and you need not type anything into it.
flow-allowed = “{ $label }” gets its app password
flow-allowed-text = Go back to the app: it goes on by itself in a moment. You can revoke the app password at any time under App passwords.
denied-app = “{ $label }” is not let in
denied-app-text = The app gets nothing. If it was not you who began this, there is nothing more to do.
error-approval = This app waits no more
error-approval-text = It was answered already, or more than ten minutes have passed. Begin again in the app.
