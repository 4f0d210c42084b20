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
sign-in-for-app = Anmelden und weiter zu „{ $label }“
sign-in-for-device = Anmelden, um ein Gerät zuzulassen
sign-in-unverified = Diesen Namen hat niemand geprüft: Die App nennt sich selbst so. Melden Sie sich nur an, wenn Sie das gerade eben selbst begonnen haben.
login-name = Anmeldename
login-name-hint = Zum Beispiel ada oder ada@example.org
password = Passwort
your-password = Ihr Passwort
password-for = Für { $login }.
password-other = Anderer Anmeldename
sign-in-app-title = Fragt eine App nach einem Passwort?
sign-in-app = Eine App für E-Mail, Kalender oder Kontakte, die danach fragt, braucht ein App-Passwort. Melden Sie sich hier an und erstellen Sie eines; das dauert nur eine Minute.
wrong-password = Der Anmeldename oder das Passwort ist falsch. Prüfen Sie beides und auch die Feststelltaste.
login-missing = Geben Sie Ihren Anmeldenamen ein.
password-missing = Geben Sie Ihr Passwort ein.
second-factor = Noch ein Schritt
second-factor-lead = Zeigen Sie, dass Sie es sind: Öffnen Sie Ihre Authenticator-App und geben Sie die sechs Ziffern ein, die sie für { $site } anzeigt.
second-factor-any = Zeigen Sie, dass Sie es sind.
recovery-code-lead = Zeigen Sie, dass Sie es sind: Geben Sie einen der Wiederherstellungscodes ein, die Sie gespeichert oder gedruckt haben.
code = Code aus der App
code-hint = Sechs Ziffern
recovery-code = Wiederherstellungscode
recovery-code-hint = Einer der Codes, die Sie aufbewahrt haben. Jeder gilt einmal.
use-recovery-code = Stattdessen einen Wiederherstellungscode benutzen
use-factor = Stattdessen den zweiten Faktor benutzen
wrong-code = Dieser Code ist falsch, schon benutzt oder zu alt. Warten Sie auf den nächsten und geben Sie diesen ein.
wrong-recovery-code = Dieser Wiederherstellungscode ist falsch oder schon benutzt. Versuchen Sie es mit einem anderen.
wait-a-little = { $seconds ->
    [one] Zu viele Versuche. Versuchen Sie es in { $seconds } Sekunde noch einmal.
   *[other] Zu viele Versuche. Versuchen Sie es in { $seconds } Sekunden noch einmal.
}
step-up = Sind Sie es noch?
step-up-lead = Hier geht es um Ihre Passwörter. Weisen Sie sich deshalb noch einmal mit Ihrem zweiten Faktor aus. Das gilt dann zehn Minuten lang.

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
home-no-factor = App-Passwörter und zugelassene Apps brauchen ihn: So kann niemand eine App hereinlassen, nur weil er Ihr Passwort kennt.
add-authenticator = Authenticator-App hinzufügen

# App-Passwörter
app-passwords-lead = Jede App bekommt ihr eigenes Passwort. Es öffnet nur, was diese App braucht.
in-use = von { $max } in Gebrauch
new-app-password = Neues App-Passwort
all-in-use = Alle { $max } sind in Gebrauch. Widerrufen Sie eines, um ein neues zu machen.
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
scope-dav = Kalender und Kontakte
scope-mail-send = Nur E-Mail-Versand
scope-openid = Wer Sie sind
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
label-long = Dieser Name ist zu lang: höchstens { $max } Zeichen.
label-characters = Ein Name darf keine Zeilenumbrüche und keine unsichtbaren Zeichen enthalten.
opens = Worauf darf die App zugreifen?
scope-mail-hint = E-Mails lesen, senden und filtern
scope-contacts-hint = Adressbücher
scope-calendars-hint = Termine und Aufgaben
scope-dav-hint = Termine, Aufgaben und Adressbücher. Auf diesem Server liegen sie beieinander, deshalb bekommt eine App beides oder keines
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
revoke-all-title-apps = Alle App-Passwörter widerrufen und alle zugelassenen Apps entfernen?
remove-all-title = Alle zugelassenen Apps entfernen?
revoke-all-connected = { $count ->
    [0] Gerade ist keine App verbunden.
    [one] { $count } Verbindung wird sofort getrennt.
   *[other] { $count } Verbindungen werden sofort getrennt.
}
revoke-all-text = { $count ->
    [one] { $count } App-Passwort gilt danach nie wieder.
   *[other] { $count } App-Passwörter gelten danach nie wieder.
}
remove-all-text = { $count ->
    [one] { $count } zugelassene App wird entfernt und abgemeldet.
   *[other] { $count } zugelassene Apps werden entfernt und abgemeldet.
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
removed-all = { $count ->
    [one] { $count } zugelassene App ist entfernt.
   *[other] { $count } zugelassene Apps sind entfernt.
}

# Andere Server, denen eine Abmeldung mitgeteilt wird
other-servers = Andere Server
other-plan-person = Bei { $server } werden alle Apps des Kontos abgemeldet. Die weiter hineindürfen, melden sich von selbst wieder an.
other-plan-told = { $server } wird es mitgeteilt.
other-plan-nothing = { $server } kann es nicht mitgeteilt werden. Sitzungen dort sind kurz.
other-closed = { $server }: { $count ->
    [0] keine Verbindung war offen.
    [one] { $count } Verbindung geschlossen.
   *[other] { $count } Verbindungen geschlossen.
}
other-told = { $server }: mitgeteilt.
other-final-in = Endgültig in { $seconds } s.
other-pending = { $server }: steht aus, { $why }.
other-given-up = { $server }: aufgegeben, { $why }. Was dort offen ist, läuft womöglich weiter.
other-cannot = { $server }: kann es nicht erfahren; Sitzungen dort sind kurz.
other-not-configured = { $server }: kann es nicht mehr erfahren; der Server steht nicht mehr in der Konfiguration.
other-why-not-yet = noch nicht mitgeteilt
other-why-unreachable = der Server antwortet nicht
other-why-untrusted = dem Zertifikat des Servers wird nicht vertraut
other-why-too-slow = der Server antwortet nicht rechtzeitig
other-why-status = der Server antwortete mit Status { $code }
other-why-garbled = der Server konnte es nicht ausführen
other-why-exit-code = Exit-Code { $code }
other-why-signal = durch Signal { $code } beendet
other-why-no-program = der Befehl startet nicht
other-why-unfit-login = dieser Anmeldename lässt sich dort nicht nennen

# Verlauf
history-lead = App-Passwörter, die nicht mehr gelten.
history-lead-apps = Apps, die mit Ihrem Konto zugelassen waren und es nicht mehr sind.
history-empty = Bisher wurde keines widerrufen, und keines ist abgelaufen.
history-empty-apps = Bisher wurde keine App entfernt, und keine ist abgelaufen.
ended-revoked = Widerrufen
ended-expired = Abgelaufen
why-asked = Sie haben es widerrufen.
why-staff = Das Team dieses Servers hat es widerrufen.
why-all-asked = Sie haben alle widerrufen.
why-asked-app = Sie haben sie entfernt.
why-staff-app = Das Team dieses Servers hat sie entfernt.
why-all-asked-apps = Sie haben alle entfernt.
why-password-changed = Sie haben Ihr Passwort geändert.
why-password-reset = Ihr Passwort wurde zurückgesetzt.
why-second-factor-removed = Der letzte zweite Faktor wurde entfernt.
why-suspended = Ihr Konto wurde gesperrt.
why-deleted = Das Konto wurde gelöscht.
why-by-app = Die App hat sie zurückgegeben.
why-token-replayed = Etwas, das nur einmal gilt, wurde zweimal verwendet: vielleicht hat ein zweites Gerät eine Kopie davon.
why-expired = Die Zeit dafür war abgelaufen.

# Gerade verbunden
connected-lead = Apps, die in diesem Moment bei Ihrem Konto angemeldet sind.
connected-empty = Keine App ist verbunden. Sobald sich eine anmeldet, sehen Sie sie hier.
connected-since = Seit
connected-from = Von
connected-by = Mit
connected-data = Daten
connected-amounts = { $from } von der App, { $to } zu ihr
in-kilobytes = { $count } kB
in-megabytes = { $count } MB
unknown-app = Unbekannte App
sign-out-app = Abmelden
app-signed-out = Die App wurde abgemeldet. Mit ihrem App-Passwort kann sie sich wieder anmelden; widerrufen Sie es, wenn sie draußen bleiben soll.
authorised-app-signed-out = Die App wurde abgemeldet. Sie kann sich wieder anmelden; entfernen Sie sie unter „Zugelassene Apps“, wenn sie draußen bleiben soll.
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
password-as-before = Das ist Ihr Passwort schon. Wählen Sie ein anderes.
passwords-differ = Die beiden neuen Passwörter stimmen nicht überein. Geben Sie beide noch einmal ein.
old-wrong = Das ist nicht Ihr altes Passwort.
password-changed = Ihr Passwort ist geändert.
password-changed-next = Erstellen Sie ein neues App-Passwort für jede App, die Sie weiter benutzen.
password-changed-next-apps = Melden Sie sich mit jeder zugelassenen App, die Sie weiter benutzen, neu an.
second-factors = Zweite Faktoren
second-factors-lead = Womit Sie sich außer mit Ihrem Passwort ausweisen.
no-second-factor = Sie haben noch keinen. Sie brauchen einen, um Apps zuzulassen.
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
add-authenticator-lead = Scannen Sie dies mit einer Authenticator-App auf Ihrem Telefon und geben Sie dann die sechs Ziffern ein, die sie anzeigt.
qr-title = QR-Code für die Authenticator-App
seed-text = Oder tippen Sie dies in die App ein:
factor-name = Ein Name dafür
factor-name-default = Telefon
add = Hinzufügen
factor-added = Die Authenticator-App wurde hinzugefügt.
remove-factor-title = „{ $label }“ entfernen?
remove-factor = Er wird dann bei der Anmeldung nicht mehr angenommen.
remove-last-factor = Es ist Ihr letzter zweiter Faktor. Ohne einen kann keine App zugelassen werden, und jeder andere Browser wird abgemeldet.
factor-removed = Der zweite Faktor wurde entfernt.
codes-title = Ihre Wiederherstellungscodes
codes-lead = Jeder ersetzt einmal Ihren zweiten Faktor, zum Beispiel wenn Ihr Telefon weg ist. Drucken Sie die Codes aus oder schreiben Sie sie auf; sie werden nur jetzt angezeigt.
print = Drucken
codes-done = Ich habe sie sicher aufbewahrt

# Wenn etwas nicht ist, wie es sein soll
error-not-found = Diese Seite gibt es nicht
error-not-found-text = Vielleicht enthält die Adresse einen Tippfehler, oder was hier war, gibt es nicht mehr.
error-origin = Dieses Formular kam von woanders
error-origin-text = Es wurde nichts geändert. Gehen Sie zurück zur Seite, laden Sie sie neu und senden Sie das Formular noch einmal.
error-busy = Gerade ist sehr viel los
error-busy-text = Es wurde nichts geändert. Versuchen Sie es in ein paar Sekunden noch einmal.
error-broken = Einen Moment, bitte
error-broken-text = Der Server kommt gerade nicht an seine Daten. Es wurde nichts geändert, und keine App vergisst ihr Passwort. Versuchen Sie es in einer Minute noch einmal.
error-denied = Das ist Ihnen nicht erlaubt
error-denied-text = Ihr Konto ist dazu nicht berechtigt. Es wurde nichts geändert.
error-large = Zu viel auf einmal
error-large-text = Was gesendet wurde, ist größer als jedes Formular hier. Es wurde nichts geändert.
try-again = Noch einmal versuchen

# Passkeys und vertrauenswürdige Browser
passkey = Passkey
passkey-lead = Bestätigen Sie mit Finger, Gesicht oder der PIN dieses Geräts.
use-passkey = Passkey benutzen
add-passkey = Passkey hinzufügen
add-passkey-lead = Ihr Telefon, Ihr Computer oder ein Sicherheitsschlüssel bestätigt dann mit Finger, Gesicht oder PIN, dass Sie es sind. Es gibt nichts zu tippen und nichts zu vergessen.
passkey-name-hint = Damit Sie später wissen, auf welchem Gerät er liegt
make-passkey = Passkey erstellen
passkey-added = Der Passkey wurde hinzugefügt.
passkey-about = Ihr Telefon, Ihr Computer oder ein Sicherheitsschlüssel bestätigt, dass Sie es sind. Der sicherste Weg und der schnellste.
authenticator-about = Eine App auf Ihrem Telefon zeigt sechs Ziffern, die Sie eintippen.
passkey-needs-script = Ein Passkey braucht Skripte; in diesem Browser sind sie abgeschaltet.
wrong-passkey = Der Passkey wurde nicht angenommen. Versuchen Sie es noch einmal, oder melden Sie sich anders an.
passkey-not-made = Es wurde kein Passkey erstellt. Versuchen Sie es noch einmal, oder fügen Sie stattdessen eine Authenticator-App hinzu.
too-many-factors = Sie haben schon so viele zweite Faktoren, wie erlaubt sind. Entfernen Sie zuerst einen.
trust-browser = { $days ->
    [one] Diesem Browser vertrauen: hier { $days } Tag lang nicht mehr fragen
   *[other] Diesem Browser vertrauen: hier { $days } Tage lang nicht mehr fragen
}
trusted-browsers = Vertrauenswürdige Browser
trusted-browsers-lead = Hier werden Sie nur nach Ihrem Passwort gefragt. Bevor sich an Ihren Passwörtern etwas ändert, brauchen Sie weiterhin Ihren zweiten Faktor.
trusted-until = Vertrauenswürdig bis
end-trust = Nicht mehr vertrauen
trust-ended = Dieser Browser wird wieder nach dem zweiten Faktor gefragt.
rename = Umbenennen
factor-name-hint = Ein Name, den Sie wiedererkennen, zum Beispiel Telefon
factor-renamed = Der zweite Faktor hat seinen neuen Namen.
factors-removal = Das Team dieses Servers lässt alle Ihre zweiten Faktoren entfernen. Das geschieht
factors-removal-text = Dann kommt keine App mehr hinein. Wenn Sie Ihre zweiten Faktoren nicht verloren haben, stoppen Sie es: Vielleicht hat sich jemand für Sie ausgegeben.
factors-removal-stop = Stoppen, ich habe sie noch
removal-stopped = Ihre zweiten Faktoren bleiben.
show = Anzeigen
hide = Verbergen
strength-0 = Sehr leicht zu erraten
strength-1 = Leicht zu erraten
strength-2 = Könnte besser sein
strength-3 = Gut
strength-4 = Sehr gut

# Ein Konto übernehmen
join-title = Willkommen
join-lead = { $login } ist Ihr Konto. Wählen Sie, was nur Sie wissen.
your-name = Ihr Name
your-name-hint = So, wie andere ihn sehen; er darf leer bleiben
name-wrong = Ein Name hat höchstens 200 Zeichen und keine Zeilenumbrüche.
choose-password = Wählen Sie ein Passwort
choose-password-again = Dasselbe Passwort noch einmal
notice-address = Eine Adresse für Mitteilungen
notice-address-hint = Ein anderes Postfach von Ihnen, nicht dieses. Dorthin schreiben wir, wenn mit Ihrem Konto etwas geschieht oder Sie Ihr Passwort vergessen.
address-wrong = Das ist keine E-Mail-Adresse. Sie sieht aus wie ada@example.net.
address-own = Das ist das Postfach dieses Kontos selbst. Wählen Sie ein anderes: Wenn Sie ausgesperrt sind, könnten Sie dieses nicht lesen.
welcome = Noch ein Schritt
welcome-lead = Ihr Passwort ist festgelegt. Fügen Sie nun einen zweiten Faktor hinzu: Damit kommt niemand hinein, der nur Ihr Passwort erfährt. Sie brauchen ihn, um Ihre Apps zuzulassen.
later = Später
register = Konto anlegen
register-lead = Bei { $site }.
register-login-hint = Was vor dem @ steht, zum Beispiel ada
register-sent = Eine E-Mail ist unterwegs an { $address }. Folgen Sie innerhalb von 24 Stunden dem Link darin.
letter-title = Schauen Sie in Ihr Postfach
login-name-wrong = Das kann kein Anmeldename sein. Benutzen Sie Buchstaben, Ziffern, Punkte und Bindestriche.
login-name-taken = Dieser Anmeldename ist vergeben. Wählen Sie einen anderen.
have-account = Ich habe schon ein Konto

# Ein vergessenes Passwort
forgot = Passwort vergessen?
forgot-lead = Wir senden einen Link an Ihre Adresse für Mitteilungen. Wenn Sie einen zweiten Faktor haben, brauchen Sie dazu auch diesen oder einen Wiederherstellungscode.
forgot-sent = Wenn es das Konto { $login } gibt und es eine Adresse für Mitteilungen hat, ist ein Link dorthin unterwegs. Er gilt eine Stunde.
send-letter = Link senden
staff-code = Ein Code von der Verwaltung
staff-code-hint = Wenn Sie keine Adresse für Mitteilungen haben, bitten Sie die Verwaltung um einen Code. Er sieht aus wie abcd-efgh-ijkl-mnop.
staff-code-wrong = Dieser Code ist falsch, wurde schon benutzt oder ist zu alt. Bitten Sie um einen neuen.
back-to-sign-in = Zurück zur Anmeldung
reset-title = Wählen Sie ein neues Passwort
reset-before = Ihre Apps funktionieren erst wieder, wenn Sie jede neu anmelden, und jeder Browser wird abgemeldet. Ihre zweiten Faktoren bleiben.
set-password = Neues Passwort festlegen
reset-done = Ihr Passwort ist geändert
error-link = Dieser Link gilt nicht mehr
error-link-text = Er wurde schon benutzt, oder seine Zeit ist um. Bitten Sie dort um einen neuen, wo Sie ihn bekommen haben.

# Administration
administration = Verwaltung
home-administration = Die Konten anderer, wer verbunden ist und was getan wurde.
accounts = Konten
connections = Verbindungen
audit-log = Protokoll
settings = Einstellungen
search = Suchen
pages = Seiten
page-before = Davor
page-after = Danach
yes = Ja
no = Nein
quoted = „{ $text }“

# Konten
accounts-lead = Alle, die sich hier anmelden, und jedes Gerät.
accounts-found = Gefundene Konten
accounts-caption = Nach Anmeldename
accounts-none = So ein Konto gibt es nicht. Versuchen Sie es mit weniger Buchstaben oder einem anderen Zustand.
search-names = Name oder Anmeldename
account = Konto
account-id = Kennung
kind = Art
person = Mensch
device = Gerät
devices = Geräte
state = Zustand
state-any = Jeder
state-active = Aktiv
state-invited = Eingeladen
state-unprotected = Braucht einen zweiten Faktor
state-suspended = Gesperrt
role = Rolle
role-none = Keine Rolle
role-administrator = Verwaltung
role-helpdesk = Hilfestelle
role-auditor = Prüfung
role-text = Die Verwaltung darf alles, nur nicht die Geheimnisse anderer sehen. Die Hilfestelle lädt ein, setzt zurück und meldet ab, bei Konten ohne Rolle. Die Prüfung liest und ändert nichts. Wer die Rolle ändert, zieht damit die offenen Links des Kontos zurück.
role-save = Rolle festlegen
role-set = Die Rolle von { $name } ist jetzt: { $role }.
role-change = vorher: { $before }, jetzt: { $after }
factor-passkey = Passkey
factors-none = Keiner
factors-none-yet = Es gibt noch keinen. Ohne einen kann keine App zugelassen werden.
factors-device = Nicht nötig
last-use-by-app = Zuletzt von einer App benutzt
of-so-many = { $count } von { $max }
of-so-many-in-use = { $count } von { $max } in Gebrauch.
invite-someone = Jemanden einladen
invite-someone-lead = Passwort und zweiten Faktor wählen die Eingeladenen selbst. Sie sehen beides nie.
new-device = Neues Gerät
new-device-lead = Ein Drucker, ein Scanner oder ein Skript: ohne Passwort und ohne Seiten, nur mit App-Passwörtern, die Sie dafür erstellen.
account-name = Anzeigename
account-name-hint = Wie andere die Person kennen, zum Beispiel Ada Marlow
account-name-hint-device = Damit man es wiederfindet, zum Beispiel Scanner, erster Stock
account-name-wrong = Ein Name ist eine Zeile mit höchstens 200 Zeichen.
account-notice = Adresse für Mitteilungen
account-notice-hint = Außerhalb des Postfachs, das dieses Konto öffnet. Ohne sie erfährt niemand per E-Mail, was mit dem Konto geschieht.
account-notice-wrong = Das ist keine Adresse. Sie sieht aus wie ada@example.net.
account-notice-missing = Geben Sie eine Adresse an, an die die Einladung gehen kann, oder übergeben Sie den Link.
account-notice-own = Das ist das eigene Postfach des Kontos. Geben Sie eine andere Adresse an, oder lassen Sie das Feld leer.
account-login-wrong = „{ $text }“ kann kein Anmeldename sein.
account-login-taken = { $login } ist vergeben oder war es bis vor Kurzem.
mail-invitation = Die Einladung auch dorthin senden
more-login-names = Weitere Anmeldenamen
more-login-names-hint = Andere Namen für dasselbe Postfach, einer je Zeile.
more-login-names-many = Höchstens { $max } auf einmal.
make-invitation = Einladung erstellen
make-device = Gerät erstellen
device-made = Das Gerät ist erstellt. Jetzt braucht es ein App-Passwort.
invitation-mailed = Die Einladung ist auch per E-Mail unterwegs.
invitation-not-mailed = Die Einladung konnte nicht per E-Mail gesendet werden. Übergeben Sie den Link unten.

# Ein Link, einmal gezeigt
once-title = Ein Link, einmal gültig
once-invitation = Damit wählt { $name } ein Passwort und einen zweiten Faktor.
once-reset = Damit wählt { $name } ein neues Passwort und weist sich mit einem zweiten Faktor aus, falls es einen gibt.
once-code = Der Code
once-link = Der Link mit dem Code darin
once-until = Gültig bis:
once-shown = Er wird nur jetzt angezeigt: Wenn Sie diese Seite verlassen, kann ihn niemand noch einmal anzeigen.
once-hand-over = Übergeben Sie ihn persönlich, am Telefon oder auf Papier, nie per E-Mail an das Postfach, das er öffnet.
once-done = Fertig, er ist übergeben
once-gone = Dieser Link wurde schon angezeigt
once-gone-text = Niemand kann ihn noch einmal anzeigen. Wurde er nicht übergeben, erstellen Sie einen neuen: Der alte gilt dann nicht mehr.
once-again = Neuen erstellen
open-links = Links, die noch gelten
open-link-invitation = Einladung
open-link-reset = Neues Passwort
open-link-address = Nachweis einer Adresse

# Ein Konto
nothing-given = Keine Angabe
password-chosen = Gewählt
password-not-chosen = Noch nicht gewählt
login-names = Anmeldenamen
login-name-first = Der erste bleibt, solange es das Konto gibt.
one-more-login-name = Noch ein Anmeldename
login-name-added = { $login } ist hinzugefügt.
login-name-removed = { $login } ist entfernt.
recovery-codes-left = { $count ->
    [one] { $count } Wiederherstellungscode ist übrig.
   *[other] { $count } Wiederherstellungscodes sind übrig.
}
fact-last-tried = Zuletzt versucht
nobody-connected = Keine App ist verbunden und kein Browser angemeldet.
factors-end-title = Alle zweiten Faktoren werden entfernt
factors-end-text = Die Person, der das Konto gehört, weiß davon und kann es stoppen bis:

# Was mit einem Konto geschieht
suspend = Sperren
resume = Entsperren
delete = Löschen
sign-out-everywhere = Überall abmelden
remove-factors = Alle zweiten Faktoren entfernen
keep-factors = Zweite Faktoren behalten
ask-revoke-all = Alle App-Passwörter von { $name } widerrufen?
ask-revoke-all-apps = Alle App-Passwörter von { $name } widerrufen und alle zugelassenen Apps entfernen?
ask-remove-all = Alle zugelassenen Apps von { $name } entfernen?
ask-sign-out = { $name } überall abmelden?
ask-reset = Link für ein neues Passwort für { $name } erstellen?
ask-reset-button = Passwort zurücksetzen
ask-invite-again = Neue Einladung für { $name } erstellen?
ask-suspend = { $name } sperren?
ask-resume = { $name } entsperren?
ask-delete = { $name } löschen?
ask-remove-factors = Alle zweiten Faktoren von { $name } entfernen?
ask-keep-factors = Die zweiten Faktoren von { $name } behalten?
ask-remove-login-name = { $login } entfernen?
browsers-signed-out = { $count ->
    [0] Kein Browser ist angemeldet.
    [one] { $count } Browser wird abgemeldet.
   *[other] { $count } Browser werden abgemeldet.
}
browsers-were-signed-out = { $count ->
    [0] Kein Browser war angemeldet.
    [one] { $count } Browser abgemeldet.
   *[other] { $count } Browser abgemeldet.
}
sign-out-may-return = Apps können von selbst wiederkommen. „{ revoke-all }“ hält sie fern.
ask-reset-text = Das alte Passwort gilt, bis der Link benutzt wird. Dann wird es ersetzt, und jede App muss neu angemeldet werden.
reset-factors-stay = Die zweiten Faktoren bleiben: Der Link ersetzt sie nicht.
invite-again-text = Eine ältere Einladung, die Sie übergeben haben, gilt dann nicht mehr.
suspend-text = Niemand kann sich anmelden, bis das Konto entsperrt wird. Was widerrufen und entfernt ist, bleibt es.
suspended = { $name } ist gesperrt.
resume-text = Die Anmeldung ist wieder möglich. Was widerrufen und entfernt wurde, bleibt es.
resumed = { $name } ist entsperrt.
delete-factors = { $count ->
    [0] Das Passwort, die offenen Links und die bekannten Browser sind für immer weg.
    [one] Das Passwort, { $count } zweiter Faktor, die offenen Links und die bekannten Browser sind für immer weg.
   *[other] Das Passwort, { $count } zweite Faktoren, die offenen Links und die bekannten Browser sind für immer weg.
}
delete-names = Die Anmeldenamen bleiben eine Weile reserviert, damit niemand anders E-Mails bekommt, die für dieses Konto bestimmt sind.
delete-audit = Das Protokoll behält ohne Namen, was getan wurde. Das lässt sich nicht rückgängig machen.
deleted = { $name } ist gelöscht.
remove-factors-untold = Es gibt keine Adresse für Mitteilungen: Sagen Sie es der betroffenen Person selbst.
remove-factors-asked-untold = Die zweiten Faktoren werden entfernt, wenn die Zeit um ist. Es gibt keine Adresse für Mitteilungen: Sagen Sie es der betroffenen Person selbst.
factors-end-untold = Es gibt keine Adresse für Mitteilungen, sagen Sie es der betroffenen Person also selbst. Sie kann es bis dahin stoppen:
remove-factors-told = Die Person, der das Konto gehört, erfährt es jetzt unter der Adresse für Mitteilungen und kann es stoppen.
remove-factors-wait = Frist dafür: { $time }. Danach werden alle zweiten Faktoren entfernt, und keine App kommt mehr hinein.
remove-factors-asked = Die Person, der das Konto gehört, wurde benachrichtigt. Die zweiten Faktoren werden entfernt, wenn die Zeit um ist.
keep-factors-text = Was das Team veranlasst hatte, wird gestoppt. Für das Konto ändert sich nichts.
factors-kept = Gestoppt: Die zweiten Faktoren bleiben.
factors-kept-already = Es war nichts mehr zu stoppen.
remove-login-name-text = Niemand kann sich mehr damit anmelden. Alle Verbindungen des Kontos werden geschlossen; Apps mit einem anderen seiner Namen kommen von selbst wieder.

# Verbindungen
connections-lead = Jede App, die in diesem Augenblick angemeldet ist, die älteste zuerst.
connections-none = Keine App ist verbunden.
connections-caption = { $count ->
    [one] { $count } Verbindung
   *[other] { $count } Verbindungen
}
connections-oldest = Die { $count } ältesten; es gibt mehr.
app = App

# Protokoll
audit-lead = Wer was getan hat, das Neueste zuerst.
audit-who = Wer
audit-what = Was
audit-when = Wann
audit-since = Ab (UTC)
audit-until = Bis einschließlich (UTC)
audit-anything = Alles
audit-none = Nichts dergleichen wurde getan.
audit-nobody = Niemand hat diesen Anmeldenamen oder hatte ihn vor Kurzem.
audit-no-day = Das ist kein Tag des Kalenders. Schreiben Sie ihn wie 2026-11-21.
audit-older = Ältere
export-csv = Als CSV herunterladen
export-json = Als JSON-Zeilen herunterladen
operator = Betreiber des Servers
deleted-account = ein gelöschtes Konto
audit-account = Alles über Konten
audit-app-password = Alles über App-Passwörter
audit-app = Alles über zugelassene Apps
audit-portal = Alle An- und Abmeldungen hier
audit-account-created = Konto angelegt
audit-account-suspended = Konto gesperrt
audit-account-resumed = Konto entsperrt
audit-account-deleted = Konto gelöscht
audit-account-role-set = Rolle festgelegt
audit-account-login-name-added = Anmeldename hinzugefügt
audit-account-login-name-removed = Anmeldename entfernt
audit-account-invited = Einladung per E-Mail gesendet
audit-account-registration-asked = Registrierung gewünscht
audit-account-profile-changed = Name oder Sprache geändert
audit-password-set = Erstes Passwort gewählt
audit-password-changed = Passwort geändert
audit-password-reset = Passwort zurückgesetzt
audit-password-reset-asked = Link für ein neues Passwort gewünscht
audit-password-tried-by-app = Eine App hat das eigene Passwort des Kontos gesendet
audit-second-factor-added = Zweiter Faktor hinzugefügt
audit-second-factor-removed = Zweiter Faktor entfernt
audit-second-factor-renamed = Zweiter Faktor umbenannt
audit-second-factors-removal-asked = Entfernung aller zweiten Faktoren veranlasst
audit-second-factors-removal-stopped = Entfernung aller zweiten Faktoren gestoppt
audit-recovery-codes-made = Wiederherstellungscodes erstellt
audit-recovery-code-used = Wiederherstellungscode benutzt
audit-app-password-created = App-Passwort erstellt
audit-app-password-revoked = App-Passwort widerrufen
audit-app-password-all-revoked = Alle App-Passwörter widerrufen
audit-app-authorised = App zugelassen
audit-app-removed = App entfernt
audit-app-all-removed = Alle zugelassenen Apps entfernt
audit-app-tried-after-end = Eine zugelassene App versuchte es nach ihrem Ende
audit-app-expired = Zulassung einer App abgelaufen
audit-app-password-expired = App-Passwort abgelaufen
audit-app-password-tried-after-end = Ein beendetes App-Passwort wurde versucht
audit-portal-signed-in = Angemeldet
audit-portal-signed-out = Von Hand abgemeldet
audit-portal-signed-in-from-new-browser = Mit einem neuen Browser angemeldet
audit-browser-trusted = Browser für vertrauenswürdig erklärt
audit-browser-trust-ended = Vertrauen in einen Browser beendet
audit-link-made = Link zum Übergeben erstellt
audit-notice-address-given = Adresse für Mitteilungen angegeben
audit-app-password-expires-soon = Gewarnt, dass ein App-Passwort bald abläuft
audit-letter-given-up = Eine E-Mail konnte nicht zugestellt werden
audit-sign-out-given-up = Einem anderen Server konnte eine Abmeldung nicht mitgeteilt werden
audit-failures-of-the-day = Der Verwaltung gemeldet, was an einem Tag misslang
audit-notice-address-changed = Adresse für Mitteilungen geändert

# Einstellungen, zum Ansehen
settings-lead-admin = Wie dieser Server eingestellt ist. Geändert wird es in seiner Konfiguration, von seinem Betreiber.
set-portal = Dieses Portal
set-site = Konten für
set-contact = Wen man fragt
set-apps = Was Apps für { $service } erfahren
set-sessions = Anmeldung hier
set-session-idle = Abgemeldet nach Untätigkeit von
set-session-max = Abgemeldet spätestens nach
set-browser-trust = Ein vertrauenswürdiger Browser bleibt es für
set-policy = Regeln
set-admin-may-create = Die Verwaltung darf App-Passwörter für Personen erstellen
set-registration = Alle dürfen selbst ein Konto anlegen
set-factor-removal = Zeit, um die Entfernung zweiter Faktoren zu stoppen
set-letters = App-Passwörter haben
set-so-many-letters = { $count ->
    [one] { $count } Buchstaben
   *[other] { $count } Buchstaben
}
set-oauth-on = Apps dürfen mit dem Konto zugelassen werden
set-oauth-registration = Apps dürfen sich selbst anmelden lassen
set-oauth-own = Unsere eigene: Wer sie benutzt, wird nicht gefragt
set-oauth-named = Hier mit Namen bekannt
set-oauth-asks = Darf fragen, wem ein Token gehört
set-throttle = Gegen Raten
set-throttle-account = Falsche App-Passwörter eines Kontos
set-throttle-network = Falsche App-Passwörter aus einem Netzwerk
set-throttle-guesses = Falsche Passwörter und Codes hier
set-rate = { $burst } auf einmal, dann { $hour } in der Stunde
set-delay-max = Längste Wartezeit vor einer Ablehnung
set-retention = Wie lange aufbewahrt wird
set-ended = Beendete App-Passwörter
set-names = Anmeldenamen gelöschter Konten
time-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
}
time-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
time-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
time-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}

# Hilfe
help-title = App-Passwörter benutzen
help-lead = Wie E-Mail, Kalender und Kontakte in eine App kommen, und was zu tun ist, wenn es nicht klappt.
help-on = Auf dieser Seite
help-beside = Die App kommt nicht hinein? Die Hilfe öffnet sich neben dieser Seite.
help-what = Was ein App-Passwort ist
help-what-1 = Ein zufälliges Passwort für eine einzige App. Es öffnet nur, was diese App braucht: E-Mail, Kontakte, Kalender oder nur den Versand.
help-what-2 = Dieses Portal öffnet es nie. Keine App, und niemand, der einer App das Passwort abnimmt, kann Ihr Konto ändern oder Sie aussperren.
help-what-3 = Erstellen Sie eines für jede App; bis zu { $max } gleichzeitig sind möglich. So können Sie einer App den Schlüssel wegnehmen, und die anderen laufen weiter.
help-make = In drei Schritten zum App-Passwort
help-make-1 = Melden Sie sich hier an, öffnen Sie „{ app-passwords }“ und wählen Sie „{ new-app-password }“. Dafür brauchen Sie einen zweiten Faktor; fehlt er noch, führt die Seite Sie dorthin.
help-make-2 = Geben Sie ihm den Namen der App und wählen Sie, worauf sie zugreifen darf. Dann wird es Ihnen angezeigt, ein einziges Mal.
help-make-3 = Geben Sie es in der App dort ein, wo sie nach dem Passwort fragt. Der Benutzername ist Ihr vollständiger Anmeldename.
help-make-where = Bindestriche, Leerzeichen und Großbuchstaben spielen keine Rolle. Geben Sie nie Ihr eigenes Passwort in eine App ein: Es gilt nur auf diesem Portal.
help-without = Ohne App-Passwort
help-without-apps = Eine App, die Sie von selbst auf dieses Portal führt, braucht keines: Melden Sie sich an, sagen Sie, was sie öffnen darf, und sie ist zugelassen. Sie finden sie unter „{ authorised-apps }“.
help-without-flow = In DAVx⁵ und anderen Apps, die Nextcloud kennen, wird nichts abgetippt: Wählen Sie „Nextcloud“ und geben Sie die Adresse { $address } an. Die App bekommt ein eigenes App-Passwort.
help-without-device = Zeigt Ihnen ein Fernseher oder ein anderes Gerät einen Code?
help-without-code = Hier eingeben
help-user-name = Ihr vollständiger Anmeldename, mit dem Sie sich auch hier anmelden
help-password = Das Passwort ist das App-Passwort, bei allem, was die App tut: E-Mails holen und senden, Kalender und Kontakte.
help-no-settings = Dieser Seite hat noch niemand gesagt, wo Ihre E-Mails und Kalender liegen. Fragen Sie den Betreiber dieses Servers.
help-trouble = Wenn etwas nicht klappt
help-anew = Was es auch ist: Fangen Sie mit einem neuen an
help-anew-1 = Widerrufen Sie das App-Passwort, das die App hat, erstellen Sie ein neues und geben Sie es in der App ein. Das dauert eine Minute, Ihre anderen Apps merken nichts davon, und jeder Tippfehler ist aus der Welt.
help-anew-2 = Lassen Sie die Seite mit dem neuen offen, bis sich die App angemeldet hat: Sie sagt es Ihnen im selben Moment.
help-send = E-Mails kommen an, gehen aber nicht hinaus
help-send-1 = Für den Versand haben die meisten Apps einen zweiten Benutzernamen und ein zweites Passwort, unter „Postausgangsserver“ oder „SMTP“, und oft sind diese Felder leer. Schalten Sie dort die Anmeldung ein und geben Sie dasselbe ein wie für den Empfang: Ihren vollständigen Anmeldenamen und dasselbe App-Passwort.
help-send-settings = Postausgangsserver: { $server }, Port { $port }, Verbindungssicherheit SSL/TLS.
help-send-unknown = Worüber E-Mails gesendet werden, weiß diese Seite nicht. Fragen Sie den Betreiber dieses Servers nach dem Postausgangsserver und seinem Port.
help-send-2 = Sehen Sie auch nach, worauf das App-Passwort Zugriff gibt: Es muss „{ scope-mail }“ oder „{ scope-mail-send }“ sein.
help-stopped = Es ging, und nun geht es nicht mehr
help-stopped-1 = Ein App-Passwort gilt, bis eines davon geschieht:
help-stopped-revoked = Sie selbst oder das Team dieses Servers haben es widerrufen.
help-stopped-password = Ihr Passwort wurde geändert oder zurückgesetzt. Dann enden alle auf einmal, damit niemand bleibt, der das alte kannte.
help-stopped-factor = Ihr letzter zweiter Faktor wurde entfernt. Ohne einen gibt es keine App-Passwörter.
help-stopped-expired = Es hatte einen letzten Tag, und der ist vorbei.
help-stopped-2 = Sie erfahren es vorher: Die Seite, auf der Sie Ihr Passwort ändern, sagt, wie viele ungültig werden, und in den letzten zwei Wochen steht „{ expires-soon }“ neben einem App-Passwort. Hinterher sehen Sie unter „{ history }“, wann und warum jedes geendet hat, und eine E-Mail geht an Ihre Adresse für Mitteilungen.
help-stopped-3 = Was geendet hat, gilt nie wieder. Erstellen Sie ein neues für jede App, die Sie weiter benutzen.
help-stopped-apps = Auch eine App ohne App-Passwort endet mit Ihrem Passwort und Ihrem letzten zweiten Faktor. Melden Sie sich mit ihr neu an.
help-unclear = Ich weiß nicht, woran es liegt
help-unclear-watch = „{ watch-title }“ steht neben einem neuen App-Passwort. Dort sehen Sie, wann und wie die App hineinkam, und auch, ob sie stattdessen Ihr eigenes Passwort gesendet hat.
help-unclear-used = „{ fact-last-used }“, in der Liste Ihrer App-Passwörter, sagt, wann, mit welcher App und von wo aus jedes benutzt wurde. „{ never-yet }“ heißt, dass die App damit noch nie hineinkam: Prüfen Sie Benutzernamen, Server und Port.
help-unclear-tried = „{ still-tried }“, unter „{ history }“, heißt, dass eine App noch eines hat, das nicht mehr gilt. Geben Sie dieser App ein neues, oder entfernen Sie das Konto aus ihr.
help-unclear-activity = „{ activity }“, unter „{ security }“, zeigt alles, was mit Ihrem Konto geschehen ist.
help-message = Was die Meldung der App bedeutet
help-message-wrong = „Falsches Passwort“, „Authentifizierung fehlgeschlagen“
help-message-wrong-text = Der Server hat nicht angenommen, was die App gesendet hat. Das App-Passwort ist vertippt, widerrufen oder abgelaufen, oder der Benutzername ist nicht der vollständige Anmeldename. Erstellen Sie ein neues.
help-message-own = „App-Passwort erforderlich“, „use an app password“
help-message-own-text = Die App hat Ihr eigenes Passwort gesendet. Setzen Sie ein App-Passwort an seine Stelle.
help-message-later = „Später erneut versuchen“, „vorübergehend nicht verfügbar“
help-message-later-text = Der Server ist überlastet oder wird gerade gewartet. Das Passwort ist richtig: Ändern Sie nichts, die App kommt von selbst wieder.
help-message-reach = „Keine Verbindung“, „Zeitüberschreitung“, „Zertifikat“
help-message-reach-text = Die App erreicht den Server gar nicht. Vergleichen Sie Server, Port und Verbindungssicherheit mit den Angaben oben.
help-lost = Wenn etwas verloren ging
help-phone = Ein Telefon oder ein Computer
help-phone-1 = Widerrufen Sie seine App-Passwörter: Die Apps darauf werden sofort abgemeldet und kommen nie wieder hinein. Wissen Sie nicht, welche es sind, dann widerrufen Sie alle und erstellen Sie neue für die Geräte, die Sie noch haben.
help-phone-2 = Sehen Sie dann unter „{ security }“ nach: Melden Sie dort den Browser ab und beenden Sie das Vertrauen in ihn. War Ihr zweiter Faktor auf diesem Telefon, dann fügen Sie zuerst einen anderen hinzu und entfernen danach den verlorenen.
help-phone-apps = Apps ohne App-Passwort stehen unter „{ authorised-apps }“: Entfernen Sie sie dort.
help-factor = Der zweite Faktor
help-factor-1 = Melden Sie sich mit einem Wiederherstellungscode an: Wählen Sie nach dem Passwort „{ use-recovery-code }“. Fügen Sie zuerst einen neuen zweiten Faktor hinzu und entfernen Sie den verlorenen erst danach, denn ganz ohne zweiten Faktor kommt keine App mehr hinein.
help-factor-2 = Auch kein Wiederherstellungscode mehr da? Bitten Sie den Betreiber dieses Servers, Ihre zweiten Faktoren zu entfernen. Sie werden benachrichtigt, und es dauert eine Weile, damit es niemand in Ihrem Namen tun kann.
help-more = Andere Apps und Geräte
help-dav = Kalender und Kontakte
help-dav-1 = Fügen Sie ein Konto der Art CalDAV für Kalender und CardDAV für Kontakte hinzu; manche Apps nennen es „Anderes Konto“. Mit der Adresse, Ihrem Anmeldenamen und einem App-Passwort finden sie den Rest selbst.
help-dav-2 = Android braucht dafür eine App, zum Beispiel DAVx⁵. Ein App-Passwort genügt für beides, wenn es Zugriff auf „{ scope-contacts }“ und „{ scope-calendars }“ gibt.
help-dav-2-as-one = Android braucht dafür eine App, zum Beispiel DAVx⁵. Ein App-Passwort genügt für beides, wenn es Zugriff auf „{ scope-dav }“ gibt.
help-old = Alte Geräte, Drucker und Scanner
help-old-1 = Ein Gerät, das keine zweiten Faktoren kennt, nimmt ein App-Passwort wie jede App. Wählen Sie für einen Drucker oder Scanner „{ scope-mail-send }“: Wer das Gerät öffnet, findet dann nichts, womit sich Ihre E-Mails lesen lassen. Steht es immer am selben Ort, erlauben Sie unter „{ more }“ nur sein eigenes Netzwerk.
help-old-2 = Es muss verschlüsseln können (SSL/TLS). Kann es das nicht, dann geben Sie ihm kein Passwort; fragen Sie den Betreiber dieses Servers nach einem anderen Weg.

# Sie
you = Über Sie
you-lead = Ihr Name, Ihre Sprache und wo Sie erfahren, was geschieht.
home-you = Ihr Name, Ihre Sprache und wohin Mitteilungen gehen.
your-language = Sprache
your-language-hint = Dieser Seiten und der E-Mails an Sie.
language-of-browser = Wie der Browser es wünscht
save = Speichern
you-changed = Gespeichert.
notices = Mitteilungen
notices-lead = Sie erfahren per E-Mail, wenn sich jemand mit einem neuen Browser anmeldet oder wenn sich Ihr Passwort, Ihre zweiten Faktoren oder die Apps mit Zugang zu Ihrem Konto ändern.
notices-go-to = Sie gehen an { $address }.
notices-go-nowhere = Noch gehen sie nirgendwohin: Geben Sie eine Adresse an.
notice-address-new = Neue Adresse für Mitteilungen
notice-address-send = E-Mail dorthin senden
notice-address-given = Eine E-Mail ist unterwegs an { $address }. Folgen Sie innerhalb von 24 Stunden dem Link darin; bis dahin ändert sich nichts.
notice-link = Ist das Ihre Adresse?
notice-link-text = Mitteilungen über ein Konto hier sollen an { $address } gehen.
notice-link-yes = Ja, Mitteilungen dorthin senden
notice-link-not-you = Das sind nicht Sie? Dann schließen Sie diese Seite: Es geschieht nichts.
notice-link-done = Vielen Dank
notice-link-done-text = Ab jetzt gehen Mitteilungen an { $address }.
notice-link-over = Dieser Link gilt nicht mehr
notice-link-over-text = Er wurde schon benutzt, ist älter als 24 Stunden, oder eine neuere E-Mail hat ihn ersetzt. Auf der Seite „{ you }“ sehen Sie, wohin Mitteilungen gehen, und können sich noch eine E-Mail senden lassen.

# Letzte Ereignisse
activity = Letzte Ereignisse
activity-lead = Die letzten fünfzig Ereignisse in Ihrem Konto.
activity-show = Letzte Ereignisse anzeigen
activity-not-you = Ist etwas dabei, das nicht von Ihnen war?
by-administrator = durch das Team dieses Servers
by-operator = durch den Betreiber dieses Servers
by-valetkey = durch Valetkey

# Was nicht ist, wie es sein soll
still-tried = Wird noch versucht
still-tried-next = Entfernen Sie es aus dieser App, oder geben Sie ihr ein neues.
amiss-tried = { $count ->
    [one] Eine App versucht es noch mit einem App-Passwort, das nicht mehr gilt. Es öffnet nichts, und die App bekommt nichts.
   *[other] Apps versuchen es noch mit { $count } App-Passwörtern, die nicht mehr gelten. Sie öffnen nichts, und die Apps bekommen nichts.
}
amiss-tried-which = Welche das sind
amiss-primary-title = Eine App hat Ihr eigenes Passwort gesendet
amiss-primary-last = Zuletzt
amiss-primary = Sie wurde nicht hineingelassen. Setzen Sie ein App-Passwort an seine Stelle; ist es nicht Ihre App, dann ändern Sie Ihr Passwort.

# E-Mails
letter-hello = Guten Tag, { $name },
letter-hello-nobody = Guten Tag,
letter-was-you = Waren Sie das?
letter-was-you-text = Dann ist nichts zu tun.
letter-not-you = Waren Sie das nicht?
letter-not-you-revoke = Melden Sie sich im Portal an, widerrufen Sie dieses App-Passwort und ändern Sie danach Ihr Passwort.
letter-not-you-app = Entfernen Sie die App sofort, und ändern Sie dann Ihr Passwort: Wer sie zugelassen hat, kennt es.
letter-not-you-password = Melden Sie sich im Portal an, ändern Sie Ihr Passwort und sehen Sie Ihre zweiten Faktoren und die angemeldeten Browser durch. Wenn Sie sich nicht mehr anmelden können, sagen Sie sofort dem Betreiber des Servers Bescheid.
letter-not-you-factor = Melden Sie sich im Portal an, entfernen Sie unter „{ security }“, was Sie nicht kennen, und ändern Sie danach Ihr Passwort.
letter-not-you-removal = Melden Sie sich im Portal an und stoppen Sie es unter „{ security }“. Dann wird nichts entfernt.
letter-not-you-ignore = Dann brauchen Sie nichts zu tun: Ohne den Link geschieht nichts.
letter-next = Was zu tun ist
letter-next-contact = Wenn Sie das überrascht, fragen Sie den Betreiber des Servers.
letter-next-app = Wenn eine App es noch braucht, erstellen Sie für sie ein neues App-Passwort. Wenn Sie nicht wissen, welche App das war, ist nichts zu tun.
letter-next-removed = Wenn Sie die App noch benutzen, melden Sie sich mit ihr neu an Ihrem Konto an.
letter-next-all-removed = Wenn Sie eine davon noch benutzen, melden Sie sich mit ihr neu an Ihrem Konto an.
letter-next-all-ended = Erstellen Sie für jede App, die Sie weiter benutzen, ein neues App-Passwort, oder melden Sie sich mit ihr neu an Ihrem Konto an.
letter-next-new = Erstellen Sie ein neues App-Passwort und tragen Sie es in der App anstelle dieses einen ein.
letter-next-tried = Suchen Sie das Gerät oder die App, wo es noch eingetragen ist. Entfernen Sie dort das Konto oder tragen Sie ein neues App-Passwort ein. Wenn Sie nichts davon kennen, hat es vielleicht jemand anders: Es öffnet nichts mehr.
letter-next-removed-tried = Wenn Sie die App noch benutzen, melden Sie sich mit ihr neu an Ihrem Konto an; sonst entfernen Sie Ihr Konto aus ihr. Wenn Sie sie nicht kennen, hat vielleicht jemand anders, was sie hatte: Es öffnet nichts mehr.
letter-next-failures = Im Protokoll steht jedes davon mit Zeit und Konto.
letter-open-app-passwords = Meine App-Passwörter ansehen
letter-open-authorised-apps = Meine zugelassenen Apps ansehen
letter-open-security = Meine Sicherheitseinstellungen ansehen
letter-open-portal = Portal öffnen
letter-type-address = Oder geben Sie diese Adresse selbst ein: { $address }
letter-link-until = Der Link gilt einmal, bis { $time }.
letter-never = Wir schreiben nie ein Passwort in eine E-Mail und fragen nie per E-Mail nach Ihrem.
letter-fact-app-password = App-Passwort
letter-fact-app = Name der App
letter-fact-factor = Zweiter Faktor
letter-fact-when = Wann
letter-fact-due = Vorgesehen für
letter-fact-from = Von
letter-fact-client = Mit
letter-fact-service = Über
letter-fact-by = Durch
letter-fact-why = Grund
letter-why-all-asked = Alles wurde zusammen widerrufen.
letter-why-password-changed = Das Passwort wurde geändert.
letter-fact-role = Rolle
letter-fact-login = Anmeldename
letter-fact-address = Neue Adresse
letter-by-owner = Sie oder jemand, der als Sie angemeldet ist
letter-by-staff = Das Team dieses Servers
letter-by-operator = Der Betreiber des Servers
letter-by-server = Der Server von selbst
letter-role-administrator = Verwaltung
letter-role-helpdesk = Hilfestelle
letter-role-auditor = Prüfung
letter-role-none = Keine
letter-suspended-subject = Ihr Konto ist gesperrt
letter-suspended = Ihr Konto wurde gesperrt. Jede App ist abgemeldet, und niemand kann sich mehr damit anmelden.
letter-resumed-subject = Ihr Konto ist wieder benutzbar
letter-resumed = Ihr Konto ist nicht mehr gesperrt. Melden Sie sich an wie zuvor, und dann jede App, die Sie benutzen, neu.
letter-role-subject = Ihre Rolle hat sich geändert
letter-role = Was Sie für andere Konten tun dürfen, hat sich geändert.
letter-password-changed-subject = Ihr Passwort wurde geändert
letter-password-changed = Das Passwort Ihres Kontos wurde geändert. Jede App und jeder andere Browser ist abgemeldet, und jede App muss neu angemeldet werden.
letter-password-reset-subject = Ihr Passwort wurde zurückgesetzt
letter-password-reset = Das Passwort Ihres Kontos wurde durch ein neues ersetzt. Jede App und jeder Browser ist abgemeldet, und jede App muss neu angemeldet werden.
letter-factor-added-subject = Ein zweiter Faktor kam hinzu
letter-factor-added = Ihr Konto hat einen neuen zweiten Faktor. Wer ihn hat, kann ihn zum Anmelden benutzen.
letter-factor-removed-subject = Ein zweiter Faktor wurde entfernt
letter-factor-removed = Ein zweiter Faktor Ihres Kontos wurde entfernt. Er gilt nicht mehr.
letter-factors-gone-subject = Ihr Konto hat keinen zweiten Faktor mehr
letter-factors-gone = Der letzte zweite Faktor Ihres Kontos wurde entfernt. Jede App ist abgemeldet, und keine kommt hinein, bis Sie wieder einen zweiten Faktor hinzufügen.
letter-codes-made-subject = Neue Wiederherstellungscodes wurden erstellt
letter-codes-made = Ihr Konto hat neue Wiederherstellungscodes. Die alten gelten nicht mehr.
letter-code-used-subject = Ein Wiederherstellungscode wurde benutzt
letter-code-used = Ein Wiederherstellungscode Ihres Kontos wurde anstelle eines anderen zweiten Faktors benutzt.
letter-made-subject = Ein neues App-Passwort wurde erstellt: { $label }
letter-made = Ihr Konto hat ein neues App-Passwort. Wer es hat, kann öffnen, wofür es gedacht ist, und nichts anderes.
letter-authorised-subject = Eine App wurde zugelassen: { $label }
letter-authorised = Eine App darf nun Ihr Konto öffnen, wie Sie es ihr erlaubt haben. Ihr Passwort hat sie nicht.
letter-removed-subject = Eine App wurde entfernt: { $label }
letter-removed = Eine App, die Sie zugelassen hatten, wurde aus Ihrem Konto entfernt. Sie ist abgemeldet und kommt nur wieder, wenn Sie sie neu zulassen.
letter-revoked-subject = Ein App-Passwort wurde widerrufen: { $label }
letter-revoked = Eines Ihrer App-Passwörter wurde widerrufen. Die App, die es benutzt hat, ist abgemeldet, und es wird nie wieder angenommen.
letter-all-revoked-subject = Ihre App-Passwörter wurden widerrufen
letter-all-revoked = { $count ->
    [one] { $count } App-Passwort von Ihnen wurde widerrufen. Seine App ist abgemeldet.
   *[other] { $count } App-Passwörter von Ihnen wurden widerrufen. Ihre Apps sind abgemeldet.
}
letter-all-removed-subject = Ihre zugelassenen Apps wurden entfernt
letter-all-removed = { $apps ->
    [one] { $apps } App, die Sie zugelassen hatten, wurde entfernt. Sie ist abgemeldet.
   *[other] { $apps } Apps, die Sie zugelassen hatten, wurden entfernt. Sie sind abgemeldet.
}
letter-all-ended-subject = Ihre App-Passwörter wurden widerrufen und Ihre zugelassenen Apps entfernt
letter-expired-subject = Ein App-Passwort ist abgelaufen: { $label }
letter-expired = Die Zeit eines Ihrer App-Passwörter ist um. Die App, die es benutzt hat, ist abgemeldet.
letter-expires-soon-subject = { $days ->
    [one] Ein App-Passwort läuft innerhalb eines Tages ab: { $label }
   *[other] Ein App-Passwort läuft innerhalb von { $days } Tagen ab: { $label }
}
letter-expires-soon = Eines Ihrer App-Passwörter gilt bald nicht mehr. Dann wird die App abgemeldet, die es benutzt.
letter-tried-subject = Ein beendetes App-Passwort wird noch versucht: { $label }
letter-tried = Noch immer versucht etwas, sich mit einem Ihrer App-Passwörter anzumelden, das nicht mehr gilt. Es wird jedes Mal abgewiesen.
letter-removed-tried-subject = Eine entfernte App versucht es noch: { $label }
letter-removed-tried = Eine App, die Sie zugelassen hatten, versucht noch immer, sich anzumelden, obwohl sie entfernt wurde. Sie wird jedes Mal abgewiesen.
letter-browser-subject = Ihr Konto wurde mit einem neuen Browser geöffnet
letter-browser = Jemand hat sich bei Ihrem Konto angemeldet, mit einem Browser, der dafür noch nie benutzt wurde.
letter-removal-asked-subject = Ihre zweiten Faktoren werden bald entfernt
letter-removal-asked = Dem Team dieses Servers wurde gesagt, dass Sie Ihre zweiten Faktoren verloren haben; es hat veranlasst, sie zu entfernen. Dann kommt keine App mehr hinein.
letter-removal-stopped-subject = Ihre zweiten Faktoren bleiben
letter-removal-stopped = Die vorgesehene Entfernung Ihrer zweiten Faktoren wurde gestoppt. Es wurde nichts entfernt.
letter-address-changed-subject = Mitteilungen zu Ihrem Konto gehen jetzt an eine andere Adresse
letter-address-changed = Von jetzt an gehen Mitteilungen zu Ihrem Konto an eine neue Adresse. Die alte Adresse bekommt noch diese E-Mail und dann keine mehr.
letter-address-given-subject = Ist das Ihre Adresse?
letter-address-given = Jemand möchte, dass Mitteilungen zu einem Konto an diese Adresse gehen. Wenn Sie das waren, folgen Sie dem Link.
letter-link-address = Ja, Mitteilungen hierher senden
letter-invited-subject = Ihr Konto bei { $site }
letter-invited = Es gibt ein Konto für Sie. Folgen Sie dem Link, um ein Passwort zu wählen und anzufangen.
letter-link-invited = Anfangen
letter-reset-subject = Wählen Sie ein neues Passwort
letter-reset = Jemand möchte das vergessene Passwort Ihres Kontos ersetzen. Wenn Sie das waren, folgen Sie dem Link; Sie brauchen auch einen zweiten Faktor, wenn Sie einen haben.
letter-link-reset = Neues Passwort wählen
letter-registration-subject = Stellen Sie Ihr Konto bei { $site } fertig
letter-registration = Jemand möchte ein Konto anlegen und hat diese Adresse für Mitteilungen angegeben. Wenn Sie das waren, folgen Sie dem Link, um ein Passwort zu wählen.
letter-link-registration = Konto anlegen
letter-failures-subject = Was gestern bei { $site } misslungen ist
letter-failures = Das ging gestern (UTC) schief oder wartet auf Sie.
letter-failed-letters = { $count ->
    [one] { $count } E-Mail konnte innerhalb von drei Tagen nicht zugestellt werden.
   *[other] { $count } E-Mails konnten innerhalb von drei Tagen nicht zugestellt werden.
}
letter-failed-sign-outs = { $count ->
    [one] { $count } Abmeldung bei einem anderen Server wurde aufgegeben: Sitzungen dort laufen womöglich weiter.
   *[other] { $count } Abmeldungen bei anderen Servern wurden aufgegeben: Sitzungen dort laufen womöglich weiter.
}
letter-failed-tried = { $count ->
    [one] { $count } Konto hat eine App, die noch ein beendetes App-Passwort versucht.
   *[other] { $count } Konten haben Apps, die noch beendete App-Passwörter versuchen.
}
letter-failed-primary = { $count ->
    [one] { $count } App hat das eigene Passwort einer Person gesendet statt eines App-Passworts.
   *[other] { $count } Apps haben das eigene Passwort einer Person gesendet statt eines App-Passworts.
}
letter-failed-removals = { $count ->
    [one] { $count } Konto soll seine zweiten Faktoren verlieren, weil das Team es veranlasst hat.
   *[other] { $count } Konten sollen ihre zweiten Faktoren verlieren, weil das Team es veranlasst hat.
}
letter-failed-suspended = { $count ->
    [one] { $count } Konto wurde gesperrt.
   *[other] { $count } Konten wurden gesperrt.
}

# Was man vorher und nachher wissen sollte
change-before-browsers = Jeder andere Browser wird abgemeldet, und keinem Browser wird mehr vertraut.
other-browsers-out = Jeder andere Browser ist abgemeldet.
new-codes-before = Die Codes, die Sie jetzt haben, gelten sofort nicht mehr. Die neuen werden einmal gezeigt: Halten Sie Drucker oder Papier bereit.
error-taken = Dieser Name ist vergeben
error-taken-text = Jemand hat ihn schon. Beantragen Sie noch einmal ein Konto, mit einem anderen Namen.
name-missing = Geben Sie einen Namen, den Sie wiedererkennen.
wait-minutes = { $minutes ->
    [one] Zu viele Versuche. Versuchen Sie es in { $minutes } Minute noch einmal.
   *[other] Zu viele Versuche. Versuchen Sie es in { $minutes } Minuten noch einmal.
}

# Apps, die mit dem Konto zugelassen sind und kein App-Passwort haben
authorised-apps = Zugelassene Apps
authorised-lead = Apps, die Sie mit Ihrem Konto zugelassen haben. Sie brauchen kein App-Passwort.
authorised-empty-title = Noch keine zugelassene App
authorised-empty = Manche Apps bringen Sie zum Anmelden auf diese Seite und fragen nach keinem App-Passwort. Die Sie zulassen, stehen hier, und Sie können sie jederzeit entfernen.
home-authorised = { $count ->
    [0] Sie haben keine App ohne App-Passwort zugelassen.
    [one] Sie haben { $count } App ohne App-Passwort zugelassen.
   *[other] Sie haben { $count } Apps ohne App-Passwort zugelassen.
}
remove-app-title = „{ $label }“ entfernen?
remove-app-connected = { $count ->
    [0] Sie ist gerade nicht verbunden. Sie bleibt draußen, bis Sie sie wieder zulassen.
    [one] Sie wird sofort abgemeldet ({ $count } Verbindung) und bleibt draußen, bis Sie sie wieder zulassen.
   *[other] Sie wird sofort abgemeldet ({ $count } Verbindungen) und bleibt draußen, bis Sie sie wieder zulassen.
}
ask-remove-app-connected = { $count ->
    [0] Sie ist gerade nicht verbunden. Sie bleibt draußen, bis sie im Konto wieder zugelassen wird.
    [one] Sie wird sofort abgemeldet ({ $count } Verbindung) und bleibt draußen, bis sie im Konto wieder zugelassen wird.
   *[other] Sie wird sofort abgemeldet ({ $count } Verbindungen) und bleibt draußen, bis sie im Konto wieder zugelassen wird.
}
account-authorised = { $count ->
    [0] Keine App ist zugelassen.
    [one] { $count } App ist zugelassen.
   *[other] { $count } Apps sind zugelassen.
}
app-name = Name der App
app-name-checked = Von den Betreibern dieses Servers vergeben
app-name-unchecked = Von niemandem geprüft: Die App nennt sich selbst so
ended-removed = Entfernt
app-removed = „{ $label }“ ist entfernt.
consent-title = „{ $label }“ zulassen?
consent-lead = Diese App möchte das Konto { $login } verwenden.
consent-unverified = Diesen Namen hat niemand geprüft: Die App nennt sich selbst so. Erlauben Sie es nur, wenn Sie das gerade eben selbst begonnen haben.
consent-opens = Sie kann dann öffnen
consent-opens-nothing = Sie kann nichts von Ihnen öffnen
consent-openid = Sie erfährt, wer Sie sind: { $login }.
consent-offline = Sie darf das, bis Sie sie unter „Zugelassene Apps“ entfernen.
consent-once = Sie darf das eine Stunde lang.
consent-never = Sie erfährt Ihr Passwort nie und kann Ihr Konto nicht ändern.
consent-back = Danach sind Sie wieder bei { $host }.
consent-back-here = Danach sind Sie wieder in einer App auf diesem Gerät ({ $host }).
too-many-apps = Sie haben schon { $max } Apps zugelassen, und mehr darf niemand haben. Entfernen Sie unter „{ authorised-apps }“ eine, die Sie nicht mehr benutzen, und lassen Sie dann diese zu.
allow = Erlauben
deny = Ablehnen
back-to-app = Zurück zu „{ $label }“
back-to-app-text = Sie sind angemeldet. Wenn nichts geschieht, gehen Sie selbst weiter.
doubtful-app = „{ $label }“ kann so nicht zugelassen werden
doubtful-app-text = Die App hat etwas verlangt, das es nicht gibt. Es wurde nichts geöffnet. Niemand hat diese App und ihre Website { $host } geprüft: Gehen Sie nur dorthin, wenn Sie das gerade selbst begonnen haben.
stay-here = Hier bleiben
go-on-to = Zu { $host } gehen
for-makers = Für den Hersteller der App:
error-app = Diese App kann nicht zugelassen werden
error-app-text = Sie ist hier nicht bekannt, oder sie will Sie an eine Adresse schicken, die nicht ihre ist. Es wurde nichts geöffnet. Beginnen Sie in der App noch einmal; wenn es so bleibt, fragen Sie deren Hersteller.

# Apps, die anderswo beginnen: auf einem Gerät ohne Browser, oder um ein eigenes App-Passwort zu bekommen
device-title = Ein Gerät zulassen
device-lead = Ein Fernseher, ein Terminal oder ein anderes Gerät ohne Browser zeigt einen Code. Damit erlauben Sie dessen App, das Konto { $login } zu verwenden.
device-code = Code auf dem Gerät
device-code-hint = Acht Buchstaben, zum Beispiel WDJB-MJHT. Großschreibung und Bindestrich sind gleichgültig.
device-code-compare = Der Link hat ihn schon eingetragen. Gehen Sie nur weiter, wenn Ihr Gerät denselben Code zeigt.
device-code-wrong = Dieser Code stimmt nicht, wurde schon benutzt oder ist älter als zehn Minuten. Sehen Sie noch einmal auf das Gerät, oder lassen Sie es einen neuen anzeigen.
begun-question = Haben Sie das gerade eben selbst begonnen?
begun-at = Begonnen
begun-from = Von wo
begun-agent = Die App nennt sich
begun-from-here = { $network }, wo auch dieser Browser ist
begun-from-elsewhere = { $network }, und dieser Browser ist anderswo
begun-from-somewhere = Die Adresse { $network }
begun-from-unknown = Eine Adresse, die nicht bekannt ist
begun-warning = Wenn jemand Sie hierher geschickt oder Ihnen einen Code gegeben hat, lehnen Sie ab: Sonst käme diese Person in Ihr Konto.
begun-allow = Ja, erlauben
device-allowed = „{ $label }“ ist zugelassen
device-allowed-text = Gehen Sie zurück zum Gerät: Dort geht es gleich von selbst weiter. Sie können die App jederzeit unter „Zugelassene Apps“ entfernen.
flow-title = Ein App-Passwort für „{ $label }“ erstellen?
flow-lead = Die App hat diese Seite geöffnet. Sie bekommt ein eigenes App-Passwort für das Konto { $login }, und Sie müssen nichts in sie eintippen.
flow-allowed = „{ $label }“ bekommt sein App-Passwort
flow-allowed-text = Gehen Sie zurück zur App: Dort geht es gleich von selbst weiter. Sie können das App-Passwort jederzeit unter „App-Passwörter“ widerrufen.
denied-app = „{ $label }“ ist nicht zugelassen
denied-app-text = Die App bekommt nichts. Wenn nicht Sie das begonnen haben, ist nichts weiter zu tun.
error-approval = Diese App wartet nicht mehr
error-approval-text = Sie hat schon eine Antwort, oder es sind mehr als zehn Minuten vergangen. Beginnen Sie in der App noch einmal.
