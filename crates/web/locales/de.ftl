# Das Portal auf Deutsch. Jeder Satz sagt, was zu tun ist oder was geschehen ist, mit wem und mit wie vielen.
# Die Namen (links von =) und die Variablen ({ $… }) bleiben, wie sie sind; alles andere darf klingen, wie man spricht.

language = Deutsch
product = Valetkey

# Rund um jede Seite
skip = Zum Inhalt springen
help = Hilfe
sign-out = Abmelden
nav-account = Ihr Konto
nav-help = Hilfe und Abmelden
home = Startseite
app-passwords = App-Passwörter
connected = Gerade verbunden
security = Sicherheit
languages = Sprachen
foot-site = Konten bei { $site }.
foot-contact = Stimmt etwas nicht? Fragen Sie
copy = Kopieren
copied = Kopiert
never = Nie
never-yet = Noch nie
cancel = Abbrechen
back = Zurück
go-on = Weiter
exact-time = { $time } Uhr (UTC)

# Anmelden
sign-in = Anmelden
sign-in-lead = Für Ihr Konto bei { $site }.
login-name = Anmeldename
login-name-hint = Zum Beispiel ada oder ada@example.org
password = Passwort
your-password = Ihr Passwort
password-for = Für { $login }.
password-other = Anderer Anmeldename
sign-in-app-title = Fragt eine App nach einem Passwort?
sign-in-app = Ihre Apps für E-Mail, Kalender und Kontakte brauchen je ein App-Passwort. Melden Sie sich hier an und erstellen Sie eines; das dauert nur eine Minute.
wrong-password = Der Anmeldename oder das Passwort ist falsch. Prüfen Sie beides und auch die Feststelltaste.
login-missing = Geben Sie Ihren Anmeldenamen ein.
password-missing = Geben Sie Ihr Passwort ein.
second-factor = Noch ein Schritt
second-factor-lead = Zeigen Sie, dass Sie es sind: Öffnen Sie Ihre Authenticator-App und geben Sie die sechs Ziffern ein, die sie für { $site } anzeigt.
code = Code aus der App
code-hint = Sechs Ziffern
recovery-code = Wiederherstellungscode
recovery-code-hint = Einer der Codes, die Sie aufbewahrt haben. Jeder gilt einmal.
use-recovery-code = Stattdessen einen Wiederherstellungscode verwenden
use-code = Stattdessen die Authenticator-App verwenden
wrong-code = Dieser Code ist falsch, schon benutzt oder zu alt. Warten Sie auf den nächsten und geben Sie diesen ein.
wrong-recovery-code = Dieser Wiederherstellungscode ist falsch oder schon benutzt. Versuchen Sie es mit einem anderen.
wait-a-little = { $seconds ->
    [one] Zu viele Versuche. Versuchen Sie es in { $seconds } Sekunde noch einmal.
   *[other] Zu viele Versuche. Versuchen Sie es in { $seconds } Sekunden noch einmal.
}
session-over = Sie sind nicht mehr angemeldet. Melden Sie sich noch einmal an; was Sie schon erledigt hatten, ist nicht verloren.
step-up = Sind Sie es noch?
step-up-lead = Hier geht es um Ihre Passwörter. Weisen Sie sich deshalb noch einmal mit Ihrem zweiten Faktor aus. Das gilt dann zehn Minuten lang.
signed-out = Sie sind abgemeldet.

# Startseite
hello = Guten Tag, { $name }
home-app-passwords = Eines für jede App, die Ihre E-Mails, Kalender oder Kontakte liest.
home-connected = { $count ->
    [0] Keine App ist verbunden.
    [one] { $count } App ist verbunden.
   *[other] { $count } Apps sind verbunden.
}
home-security = Ihr Passwort, Ihre zweiten Faktoren und die angemeldeten Browser.
home-no-factor-title = Fügen Sie zuerst einen zweiten Faktor hinzu
home-no-factor = App-Passwörter brauchen ihn: So kann niemand eines erstellen, nur weil er Ihr Passwort kennt.
add-authenticator = Authenticator-App hinzufügen

# App-Passwörter
app-passwords-lead = Jede App bekommt ihr eigenes Passwort. Es öffnet nur, was diese App braucht.
in-use = von { $max } in Gebrauch
new-app-password = Neues App-Passwort
history = Verlauf
revoke = Widerrufen
revoke-all = Alle widerrufen
connected-badge = Gerade verbunden
expires-soon = Läuft bald ab
fact-opens = Zugriff auf
fact-last-used = Zuletzt benutzt
fact-created = Erstellt
fact-expires = Läuft ab
fact-networks = Nur aus
used-by = mit { $client } über { $service }
used-over = über { $service }
used-from = von { $network } aus
scope-mail = E-Mail
scope-contacts = Kontakte
scope-calendars = Kalender
scope-mail-send = Nur E-Mail-Versand
empty-title = Noch kein App-Passwort
empty = Ein App-Passwort ist ein zufälliges Passwort für eine einzige App. Die App kann damit Ihre E-Mails lesen, aber nie Ihr Konto ändern, und Sie können es hier jederzeit widerrufen.
all-title = Gerät verloren, oder sind Sie nicht sicher?
all-text = { $count ->
    [one] Widerrufen Sie das eine, das es gibt. Die App wird sofort abgemeldet und braucht dann ein neues App-Passwort.
   *[other] Widerrufen Sie alle { $count }. Jede App wird sofort abgemeldet, und jede, die Sie weiter benutzen, braucht dann ein neues App-Passwort.
}

# Ein neues
new-lead = Sie sehen es einmal, zusammen mit allem anderen, wonach die App fragt.
label = Wofür ist es?
label-hint = Ein Name, den Sie wiedererkennen, zum Beispiel Thunderbird auf dem Laptop
label-missing = Geben Sie ihm einen Namen, damit Sie später wissen, zu welcher App es gehört.
label-long = Dieser Name ist zu lang: höchstens { $max } Zeichen.
label-characters = Ein Name darf keine Zeilenumbrüche und keine unsichtbaren Zeichen enthalten.
opens = Worauf darf die App zugreifen?
scope-mail-hint = E-Mails lesen, senden und filtern
scope-contacts-hint = Adressbücher
scope-calendars-hint = Termine und Aufgaben
scope-mail-send-hint = Für einen Drucker oder Scanner: Er sendet und liest nichts
scope-missing = Wählen Sie mindestens eines aus.
more = Mehr
expires = Wann läuft es ab?
expires-never = Nie
expires-days = { $days ->
    [one] In { $days } Tag
   *[other] In { $days } Tagen
}
networks = Nur aus diesen Netzwerken
networks-hint = Lassen Sie das Feld leer, damit es überall gilt. Sonst eines pro Zeile, zum Beispiel 192.0.2.0/24.
networks-wrong = „{ $text }“ ist kein Netzwerk. Ein Netzwerk sieht so aus: 192.0.2.0/24 oder 2001:db8::/32.
make = App-Passwort erstellen
too-many = Sie haben schon { $max } App-Passwörter, und mehr darf niemand haben. Widerrufen Sie eines, das Sie nicht mehr benutzen.
needs-factor = App-Passwörter brauchen einen zweiten Faktor. Fügen Sie zuerst einen hinzu.

# Das Geheimnis, ein einziges Mal
your-new = Ihr neues App-Passwort
your-new-lead = Für „{ $label }“. Zugriff auf: { $scopes }.
the-password = Das Passwort
secret-where = Geben Sie es im Passwortfeld der App ein, mit oder ohne Bindestriche.
secret-once = Es wird nur jetzt angezeigt: Wenn Sie diese Seite verlassen, kann es niemand mehr anzeigen.
watch-title = Hat sich die App angemeldet?
watch-nothing = Noch nicht
watch-nothing-hint = Sobald sie es tut, sehen Sie es hier.
watch-signed-in = { $service }: angemeldet
watch-client = { $service }: mit { $client } angemeldet
watch-primary = { $service }: Die App hat Ihr eigenes Passwort gesendet
watch-primary-hint = Setzen Sie das App-Passwort von oben an seine Stelle.
settings-title = Einstellungen für die App
settings-lead = Die meisten Apps finden diese selbst. Wenn Ihre danach fragt, kopieren Sie sie von hier.
user-name = Benutzername
server = Server
port = Port
protection = Verbindungssicherheit
address = Adresse
imap-settings = Eingehende E-Mails (IMAP)
submission-settings = Ausgehende E-Mails (SMTP)
dav-settings = Kalender und Kontakte (CalDAV, CardDAV)
done = Fertig, die App hat es
secret-gone = Dieses App-Passwort wurde schon angezeigt
secret-gone-text = Niemand kann es noch einmal anzeigen. Wenn Sie es nicht in die App eingegeben haben, widerrufen Sie es und erstellen Sie ein neues.

# Widerrufen
revoke-title = „{ $label }“ widerrufen?
revoke-connected = { $count ->
    [0] Damit ist gerade keine App verbunden. Dieses App-Passwort gilt danach nie wieder.
    [one] Die App, die es benutzt, wird sofort abgemeldet ({ $count } Verbindung). Dieses App-Passwort gilt danach nie wieder.
   *[other] Die App, die es benutzt, wird sofort abgemeldet ({ $count } Verbindungen). Dieses App-Passwort gilt danach nie wieder.
}
revoke-others = Ihre anderen Apps laufen weiter wie bisher.
revoke-all-title = Alle App-Passwörter widerrufen?
revoke-all-connected = { $count ->
    [0] Gerade ist keine App verbunden.
    [one] { $count } Verbindung wird sofort getrennt.
   *[other] { $count } Verbindungen werden sofort getrennt.
}
revoke-all-text = { $count ->
    [one] { $count } App-Passwort gilt danach nie wieder.
   *[other] { $count } App-Passwörter gelten danach nie wieder.
}
revoked-one = „{ $label }“ ist widerrufen.
closed-count = { $count ->
    [0] Es war keine Verbindung offen.
    [one] { $count } Verbindung wurde getrennt.
   *[other] { $count } Verbindungen wurden getrennt.
}
revoked-all = { $count ->
    [0] Es gab nichts zu widerrufen.
    [one] { $count } App-Passwort ist widerrufen.
   *[other] { $count } App-Passwörter sind widerrufen.
}

# Verlauf
history-lead = App-Passwörter, die nicht mehr gelten.
history-empty = Bisher wurde keines widerrufen, und keines ist abgelaufen.
ended-revoked = Widerrufen
ended-expired = Abgelaufen
why-asked = Sie haben es widerrufen.
why-all-asked = Sie haben alle widerrufen.
why-password-changed = Sie haben Ihr Passwort geändert.
why-password-reset = Ihr Passwort wurde zurückgesetzt.
why-second-factor-removed = Der letzte zweite Faktor wurde entfernt.
why-suspended = Ihr Konto wurde gesperrt.
why-deleted = Das Konto wurde gelöscht.
why-expired = Seine Gültigkeit war abgelaufen.

# Gerade verbunden
connected-lead = Apps, die in diesem Moment bei Ihrem Konto angemeldet sind.
connected-empty = Keine App ist verbunden. Sobald sich eine anmeldet, sehen Sie sie hier.
connected-since = Seit
connected-from = Von
connected-by = Mit
unknown-app = Unbekannte App
sign-out-app = Abmelden
app-signed-out = Die App wurde abgemeldet. Mit ihrem App-Passwort kann sie sich wieder anmelden; widerrufen Sie es, wenn sie draußen bleiben soll.
app-gone = Diese Verbindung war schon beendet.

# Sicherheit
security-lead = Womit Sie sich auf dieser Seite anmelden.
change-password = Passwort ändern
change-password-lead = Sie brauchen das alte Passwort und Ihren zweiten Faktor.
change-before = { $count ->
    [0] Sie haben keine App-Passwörter, die dadurch ungültig würden.
    [one] Ihr App-Passwort wird ungültig, und die App wird abgemeldet.
   *[other] Ihre { $count } App-Passwörter werden ungültig, und die Apps werden abgemeldet.
}
old-password = Altes Passwort
new-password = Neues Passwort
new-password-hint = Mindestens 12 Zeichen. Gut sind ein paar Wörter, die nur Sie so zusammenstellen würden.
new-password-again = Neues Passwort wiederholen
password-short = Ein Passwort braucht mindestens { $min } Zeichen.
password-long = Dieses Passwort ist zu lang: höchstens { $max } Byte.
password-characters = Ein Passwort darf keine Zeilenumbrüche enthalten.
password-common = Dieses Passwort probieren alle zuerst. Wählen Sie ein anderes.
password-like-login = Dieses Passwort ist kaum mehr als Ihr Anmeldename. Wählen Sie ein anderes.
passwords-differ = Die beiden neuen Passwörter stimmen nicht überein. Geben Sie beide noch einmal ein.
old-wrong = Das ist nicht Ihr altes Passwort.
password-changed = Ihr Passwort ist geändert.
password-changed-next = Erstellen Sie ein neues App-Passwort für jede App, die Sie weiter benutzen.
second-factors = Zweite Faktoren
second-factors-lead = Womit Sie sich außer mit Ihrem Passwort ausweisen.
no-second-factor = Sie haben noch keinen. Ohne zweiten Faktor können Sie keine App-Passwörter haben.
authenticator = Authenticator-App
added = Hinzugefügt
remove = Entfernen
recovery-left = { $count ->
    [0] Es ist kein Wiederherstellungscode mehr übrig. Erstellen Sie jetzt neue.
    [one] { $count } Wiederherstellungscode ist noch übrig.
   *[other] { $count } Wiederherstellungscodes sind noch übrig.
}
new-recovery-codes = Neue Wiederherstellungscodes
browsers = Angemeldete Browser
browsers-lead = Wo Ihr Konto geöffnet ist.
this-browser = Dieser Browser
unknown-browser = Ein Browser
browser-signed-out = Der Browser wurde abgemeldet.
add-authenticator-lead = Scannen Sie dies mit einer Authenticator-App auf Ihrem Handy und geben Sie dann die sechs Ziffern ein, die sie anzeigt.
qr-title = QR-Code für die Authenticator-App
seed-text = Oder tippen Sie dies in die App ein:
factor-name = Ein Name dafür
factor-name-default = Handy
add = Hinzufügen
factor-added = Die Authenticator-App wurde hinzugefügt.
remove-factor-title = „{ $label }“ entfernen?
remove-factor = Sie werden dann nicht mehr nach Codes daraus gefragt.
remove-last-factor = { $count ->
    [0] Es ist Ihr letzter zweiter Faktor. Ohne einen können Sie keine App-Passwörter haben.
    [one] Es ist Ihr letzter zweiter Faktor: Ihr App-Passwort wird ungültig, und Sie werden überall abgemeldet.
   *[other] Es ist Ihr letzter zweiter Faktor: Ihre { $count } App-Passwörter werden ungültig, und Sie werden überall abgemeldet.
}
factor-removed = Der zweite Faktor wurde entfernt.
codes-title = Ihre Wiederherstellungscodes
codes-lead = Mit jedem können Sie sich einmal anmelden, falls Ihr Handy weg ist. Drucken Sie die Codes aus oder schreiben Sie sie auf; sie werden nur jetzt angezeigt.
print = Drucken
codes-done = Ich habe sie sicher aufbewahrt

# Wenn etwas nicht ist, wie es sein soll
error-title = Das hat nicht geklappt
error-not-found = Diese Seite gibt es nicht
error-not-found-text = Vielleicht enthält die Adresse einen Tippfehler, oder was hier war, gibt es nicht mehr.
error-origin = Dieses Formular kam von woanders
error-origin-text = Es wurde nichts geändert. Gehen Sie zurück zur Seite, laden Sie sie neu und senden Sie das Formular noch einmal.
error-busy = Gerade ist sehr viel los
error-busy-text = Es wurde nichts geändert. Versuchen Sie es in ein paar Sekunden noch einmal.
error-broken = Einen Moment, bitte
error-broken-text = Der Server kommt gerade nicht an seine Daten. Es wurde nichts geändert, und keine App vergisst ihr Passwort. Versuchen Sie es in einer Minute noch einmal.
error-denied = Das dürfen Sie nicht
error-denied-text = Ihr Konto ist dazu nicht berechtigt. Es wurde nichts geändert.
error-large = Zu viel auf einmal
error-large-text = Was gesendet wurde, ist größer als jedes Formular hier. Es wurde nichts geändert.
try-again = Noch einmal versuchen

# Briefe
letter-hello = Guten Tag, { $name },
letter-hello-nobody = Guten Tag,
letter-was-you = Waren Sie das?
letter-was-you-text = Dann ist nichts zu tun.
letter-not-you = Waren Sie das nicht?
letter-not-you-revoke = Melden Sie sich im Portal an, widerrufen Sie dieses App-Passwort und ändern Sie danach Ihr Passwort.
letter-not-you-password = Melden Sie sich im Portal an, ändern Sie Ihr Passwort und sehen Sie Ihre zweiten Faktoren und die angemeldeten Browser durch. Wenn Sie sich nicht mehr anmelden können, sagen Sie sofort denen Bescheid, die den Server betreiben.
letter-not-you-factor = Melden Sie sich im Portal an, entfernen Sie unter „Sicherheit“, was Sie nicht kennen, und ändern Sie danach Ihr Passwort.
letter-not-you-removal = Melden Sie sich im Portal an und halten Sie es unter „Sicherheit“ auf. Dann wird nichts entfernt.
letter-not-you-ignore = Dann brauchen Sie nichts zu tun: Ohne den Link geschieht nichts.
letter-next = Was zu tun ist
letter-next-contact = Wenn Sie das überrascht, fragen Sie die, die den Server betreiben.
letter-next-app = Wenn eine App es noch braucht, erstellen Sie für sie ein neues App-Passwort. Wenn Sie nicht wissen, welche App das war, ist nichts zu tun.
letter-next-new = Erstellen Sie ein neues App-Passwort und tragen Sie es in der App anstelle dieses einen ein.
letter-next-tried = Suchen Sie das Gerät oder die App, wo es noch eingetragen ist. Entfernen Sie dort das Konto oder tragen Sie ein neues App-Passwort ein. Wenn Sie nichts davon kennen, hat es vielleicht jemand anders: Es öffnet nichts mehr.
letter-next-failures = Im Protokoll steht jedes davon mit Zeit und Konto.
letter-open-app-passwords = Meine App-Passwörter ansehen
letter-open-security = Meine Sicherheitseinstellungen ansehen
letter-open-portal = Portal öffnen
letter-type-address = Oder geben Sie diese Adresse selbst ein: { $address }
letter-link-until = Der Link gilt einmal, bis { $time }.
letter-never = Wir schreiben nie ein Passwort in einen Brief und fragen nie per E-Mail nach Ihrem.
letter-fact-app-password = App-Passwort
letter-fact-factor = Zweiter Faktor
letter-fact-when = Wann
letter-fact-due = Vorgesehen für
letter-fact-from = Von
letter-fact-client = Mit
letter-fact-service = Über
letter-fact-by = Durch
letter-fact-why = Grund
letter-fact-role = Rolle
letter-fact-login = Anmeldename
letter-fact-address = Neue Adresse
letter-by-owner = Sie oder jemand, der als Sie angemeldet ist
letter-by-staff = Jemand von der Verwaltung
letter-by-operator = Wer den Server betreibt
letter-by-server = Der Server von selbst
letter-role-administrator = Verwaltung
letter-role-helpdesk = Auskunft und Hilfe
letter-role-auditor = Prüfung
letter-role-none = Keine
letter-suspended-subject = Ihr Konto ist gesperrt
letter-suspended = Ihr Konto wurde gesperrt. Seine App-Passwörter sind widerrufen und niemand kann sich daran anmelden.
letter-resumed-subject = Ihr Konto ist wieder benutzbar
letter-resumed = Ihr Konto ist nicht mehr gesperrt. Melden Sie sich an wie zuvor und erstellen Sie für jede App, die Sie benutzen, ein neues App-Passwort.
letter-role-subject = Ihre Rolle hat sich geändert
letter-role = Was Sie für andere Konten tun dürfen, hat sich geändert.
letter-password-changed-subject = Ihr Passwort wurde geändert
letter-password-changed = Das Passwort Ihres Kontos wurde geändert. Alle App-Passwörter sind widerrufen und jeder andere Browser ist abgemeldet.
letter-password-reset-subject = Ihr Passwort wurde zurückgesetzt
letter-password-reset = Das Passwort Ihres Kontos wurde durch ein neues ersetzt. Alle App-Passwörter sind widerrufen und jeder Browser ist abgemeldet.
letter-factor-added-subject = Ein zweiter Faktor kam hinzu
letter-factor-added = Ihr Konto hat einen neuen zweiten Faktor. Wer ihn hat, kann sich damit anmelden, zusammen mit Ihrem Passwort.
letter-factor-removed-subject = Ein zweiter Faktor wurde entfernt
letter-factor-removed = Ein zweiter Faktor Ihres Kontos wurde entfernt. Er gilt nicht mehr.
letter-factors-gone-subject = Ihr Konto hat keinen zweiten Faktor mehr
letter-factors-gone = Der letzte zweite Faktor Ihres Kontos wurde entfernt. Ihre App-Passwörter sind widerrufen und neue kann es erst geben, wenn Sie wieder einen zweiten Faktor hinzufügen.
letter-codes-made-subject = Neue Wiederherstellungscodes wurden erstellt
letter-codes-made = Ihr Konto hat neue Wiederherstellungscodes. Die alten gelten nicht mehr.
letter-code-used-subject = Ein Wiederherstellungscode wurde benutzt
letter-code-used = Ein Wiederherstellungscode Ihres Kontos wurde anstelle eines anderen zweiten Faktors benutzt.
letter-made-subject = Ein neues App-Passwort wurde erstellt: { $label }
letter-made = Ihr Konto hat ein neues App-Passwort. Wer es hat, kann öffnen, wofür es gedacht ist, und nichts anderes.
letter-revoked-subject = Ein App-Passwort wurde widerrufen: { $label }
letter-revoked = Eines Ihrer App-Passwörter wurde widerrufen. Die App, die es benutzt hat, ist abgemeldet, und es wird nie wieder angenommen.
letter-all-revoked-subject = Ihre App-Passwörter wurden widerrufen
letter-all-revoked = { $count ->
    [one] { $count } App-Passwort von Ihnen wurde widerrufen. Seine App ist abgemeldet.
   *[other] { $count } App-Passwörter von Ihnen wurden widerrufen. Ihre Apps sind abgemeldet.
}
letter-expired-subject = Ein App-Passwort ist abgelaufen: { $label }
letter-expired = Die Zeit eines Ihrer App-Passwörter ist um. Die App, die es benutzt hat, ist abgemeldet.
letter-expires-soon-subject = { $days ->
    [one] Ein App-Passwort läuft innerhalb eines Tages ab: { $label }
   *[other] Ein App-Passwort läuft innerhalb von { $days } Tagen ab: { $label }
}
letter-expires-soon = Eines Ihrer App-Passwörter gilt bald nicht mehr. Dann wird die App abgemeldet, die es benutzt.
letter-tried-subject = Ein beendetes App-Passwort wird noch versucht: { $label }
letter-tried = Noch immer versucht etwas, sich mit einem Ihrer App-Passwörter anzumelden, das nicht mehr gilt. Es wird jedes Mal abgewiesen.
letter-browser-subject = Ihr Konto wurde in einem neuen Browser geöffnet
letter-browser = Jemand hat sich mit Ihrem Passwort und Ihrem zweiten Faktor an Ihrem Konto angemeldet, in einem Browser, den wir noch nicht kannten.
letter-removal-asked-subject = Ihre zweiten Faktoren werden bald entfernt
letter-removal-asked = Der Verwaltung wurde gesagt, dass Sie Ihre zweiten Faktoren verloren haben; sie hat veranlasst, sie zu entfernen. Mit ihnen enden Ihre App-Passwörter.
letter-removal-stopped-subject = Ihre zweiten Faktoren bleiben
letter-removal-stopped = Dass Ihre zweiten Faktoren entfernt werden, wurde aufgehalten. Nichts wurde entfernt.
letter-address-changed-subject = Nachrichten zu Ihrem Konto gehen jetzt an eine andere Adresse
letter-address-changed = Von jetzt an gehen Nachrichten zu Ihrem Konto an eine neue Adresse. Die alte Adresse bekommt noch diesen Brief und dann keinen mehr.
letter-address-given-subject = Ist das Ihre Adresse?
letter-address-given = Jemand möchte, dass Nachrichten zu einem Konto an diese Adresse gehen. Wenn Sie das waren, folgen Sie dem Link.
letter-link-address = Ja, Nachrichten hierher senden
letter-invited-subject = Ihr Konto bei { $site }
letter-invited = Es gibt ein Konto für Sie. Folgen Sie dem Link, um ein Passwort zu wählen und anzufangen.
letter-link-invited = Anfangen
letter-reset-subject = Wählen Sie ein neues Passwort
letter-reset = Jemand möchte das vergessene Passwort Ihres Kontos ersetzen. Wenn Sie das waren, folgen Sie dem Link; Sie brauchen auch einen zweiten Faktor, wenn Sie einen haben.
letter-link-reset = Neues Passwort wählen
letter-registration-subject = Stellen Sie Ihr Konto bei { $site } fertig
letter-registration = Jemand möchte ein Konto anlegen und hat diese Adresse für Nachrichten angegeben. Wenn Sie das waren, folgen Sie dem Link, um ein Passwort zu wählen.
letter-link-registration = Konto anlegen
letter-failures-subject = Was gestern bei { $site } misslungen ist
letter-failures = Das ging gestern (UTC) schief oder wartet auf Sie.
letter-failed-letters = { $count ->
    [one] { $count } Brief konnte innerhalb von drei Tagen nicht zugestellt werden.
   *[other] { $count } Briefe konnten innerhalb von drei Tagen nicht zugestellt werden.
}
letter-failed-tried = { $count ->
    [one] { $count } Konto hat eine App, die noch ein beendetes App-Passwort versucht.
   *[other] { $count } Konten haben Apps, die noch beendete App-Passwörter versuchen.
}
letter-failed-primary = { $count ->
    [one] { $count } Mal hat eine App das eigene Passwort eines Menschen gesendet statt eines App-Passworts.
   *[other] { $count } Mal hat eine App das eigene Passwort eines Menschen gesendet statt eines App-Passworts.
}
letter-failed-removals = { $count ->
    [one] { $count } Konto soll seine zweiten Faktoren verlieren, weil die Verwaltung es veranlasst hat.
   *[other] { $count } Konten sollen ihre zweiten Faktoren verlieren, weil die Verwaltung es veranlasst hat.
}
letter-failed-suspended = { $count ->
    [one] { $count } Konto wurde gesperrt.
   *[other] { $count } Konten wurden gesperrt.
}
