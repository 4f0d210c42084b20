# Portal dalam Bahasa Melayu. Setiap ayat menyatakan apa yang perlu dibuat atau apa yang berlaku, kepada siapa dan berapa banyak.
# Kekalkan nama (di kiri =) dan pemboleh ubah ({ $… }); yang lain boleh ditulis seperti orang bercakap.

language = Melayu
product = Valetkey

# Pada setiap halaman
skip = Terus ke kandungan
help = Bantuan
sign-out = Log keluar
nav-account = Akaun anda
nav-help = Bantuan dan log keluar
home = Laman utama
app-passwords = Kata laluan aplikasi
connected = Sedang bersambung
security = Keselamatan
languages = Bahasa
foot-site = Akaun di { $site }.
foot-contact = Ada masalah? Tanya
copy = Salin
copied = Sudah disalin
never = Tidak pernah
never-yet = Belum pernah
cancel = Tidak jadi
back = Kembali
go-on = Teruskan
exact-time = { $time } UTC

# Log masuk
sign-in = Log masuk
sign-in-lead = Ke akaun anda di { $site }.
sign-in-for-app = Log masuk untuk meneruskan ke “{ $label }”
sign-in-for-device = Log masuk untuk membenarkan peranti masuk
sign-in-unverified = Tiada sesiapa telah menyemak nama ini: aplikasi itu menamakan dirinya begitu. Log masuk hanya jika anda sendiri baru sahaja memulakannya.
login-name = Nama log masuk
login-name-hint = Contohnya ada atau ada@example.org
password = Kata laluan
your-password = Kata laluan anda
password-for = Untuk { $login }.
password-other = Nama log masuk lain
sign-in-app-title = Ada aplikasi yang meminta kata laluan?
sign-in-app = Aplikasi e-mel, kalendar atau kenalan yang memintanya memerlukan kata laluan aplikasi. Log masuk di sini dan buat satu; seminit sahaja.
wrong-password = Nama log masuk atau kata laluan salah. Semak kedua-duanya, dan juga kekunci Caps Lock.
login-missing = Taip nama log masuk anda.
password-missing = Taip kata laluan anda.
second-factor = Satu langkah lagi
second-factor-lead = Tunjukkan bahawa ini memang anda: buka aplikasi pengesah anda dan taip enam digit yang dipaparkannya untuk { $site }.
second-factor-any = Tunjukkan bahawa ini anda.
recovery-code-lead = Tunjukkan bahawa ini anda: taip salah satu kod pemulihan yang anda simpan atau cetak.
code = Kod daripada aplikasi
code-hint = Enam digit
recovery-code = Kod pemulihan
recovery-code-hint = Salah satu kod yang anda simpan. Setiap kod boleh digunakan sekali sahaja.
use-recovery-code = Guna kod pemulihan sebagai ganti
use-factor = Guna faktor kedua anda sebagai ganti
wrong-code = Kod ini salah, pernah digunakan atau sudah terlalu lama. Tunggu kod yang berikutnya dan taip kod itu.
wrong-recovery-code = Kod pemulihan ini salah atau pernah digunakan. Cuba kod yang lain.
wait-a-little = { $seconds ->
   *[other] Terlalu banyak percubaan. Cuba lagi dalam masa { $seconds } saat.
}
step-up = Adakah ini masih anda?
step-up-lead = Langkah ini melibatkan kata laluan anda, jadi tunjukkan faktor kedua anda sekali lagi. Pengesahan ini sah selama sepuluh minit.

# Laman utama
hello = Selamat datang, { $name }
home-app-passwords = Satu untuk setiap aplikasi yang membaca e-mel, kalendar atau kenalan anda.
home-connected = { $count ->
    [0] Tiada aplikasi yang bersambung.
   *[other] { $count } aplikasi sedang bersambung.
}
home-security = Kata laluan, faktor kedua dan pelayar yang log masuk ke akaun anda.
home-no-factor-title = Tambah faktor kedua dahulu
home-no-factor = Kata laluan aplikasi dan aplikasi yang dibenarkan memerlukannya: dengan itu, orang yang tahu kata laluan anda tetap tidak dapat membenarkan aplikasi masuk.
add-authenticator = Tambah aplikasi pengesah

# Kata laluan aplikasi
app-passwords-lead = Setiap aplikasi mendapat kata laluan sendiri, yang hanya membuka apa yang diperlukan oleh aplikasi itu.
in-use = daripada { $max } digunakan
new-app-password = Kata laluan aplikasi baharu
all-in-use = Kesemua { $max } sedang digunakan. Batalkan satu untuk membuat yang lain.
history = Sejarah
revoke = Batalkan
revoke-all = Batalkan semua
connected-badge = Sedang bersambung
expires-soon = Hampir tamat tempoh
fact-opens = Membuka
fact-last-used = Terakhir digunakan
fact-created = Dibuat
fact-expires = Tamat tempoh
fact-networks = Hanya dari
used-by = oleh { $client } melalui { $service }
used-over = melalui { $service }
used-from = dari { $network }
scope-mail = E-mel
scope-contacts = Kenalan
scope-calendars = Kalendar
scope-dav = Kalendar dan kenalan
scope-mail-send = Hantar e-mel sahaja
scope-openid = Siapa anda
empty-title = Belum ada kata laluan aplikasi
empty = Kata laluan aplikasi ialah kata laluan rawak untuk satu aplikasi. Dengannya, aplikasi itu boleh membaca e-mel anda tetapi tidak akan dapat mengubah akaun anda, dan anda boleh membatalkannya di sini pada bila-bila masa.
all-title = Hilang peranti, atau kurang pasti?
all-text = { $count ->
   *[other] Batalkan semuanya ({ $count }). Setiap aplikasi dilog keluar serta-merta, dan aplikasi yang masih anda gunakan akan memerlukan kata laluan aplikasi baharu.
}

# Yang baharu
new-lead = Anda akan melihatnya sekali sahaja, bersama semua perkara lain yang diminta oleh aplikasi.
label = Untuk apakah kata laluan ini?
label-hint = Nama yang mudah anda kenali, contohnya Thunderbird di komputer riba
label-long = Nama ini terlalu panjang: paling banyak { $max } aksara.
label-characters = Nama tidak boleh mengandungi pemisah baris atau aksara yang tidak kelihatan.
opens = Apakah yang boleh dibukanya?
scope-mail-hint = Baca, hantar dan tapis e-mel
scope-contacts-hint = Buku alamat
scope-calendars-hint = Janji temu dan tugasan
scope-dav-hint = Janji temu, tugasan dan buku alamat. Pelayan ini menyimpannya bersama, jadi aplikasi mendapat kedua-duanya atau tiada langsung
scope-mail-send-hint = Untuk pencetak atau pengimbas: hanya menghantar, tidak membaca apa-apa
scope-missing = Pilih sekurang-kurangnya satu.
more = Lagi
expires = Bilakah tempohnya tamat?
expires-never = Tiada tarikh tamat
expires-days = { $days ->
   *[other] Dalam masa { $days } hari
}
networks = Hanya dari rangkaian ini
networks-hint = Biarkan kosong untuk membenarkannya dari mana-mana. Contohnya 192.0.2.0/24, satu pada setiap baris.
networks-wrong = “{ $text }” bukan rangkaian. Rangkaian ditulis seperti 192.0.2.0/24 atau 2001:db8::/32.
make = Buat kata laluan aplikasi
too-many = Anda sudah mempunyai { $max } kata laluan aplikasi, dan tiada sesiapa boleh mempunyai lebih daripada itu. Batalkan satu yang tidak lagi anda gunakan.
needs-factor = Kata laluan aplikasi memerlukan faktor kedua. Tambah faktor kedua dahulu.

# Rahsianya, sekali sahaja
your-new = Kata laluan aplikasi baharu anda
your-new-lead = Untuk “{ $label }”. Membuka: { $scopes }.
the-password = Kata laluannya
secret-where = Masukkannya dalam ruang kata laluan aplikasi itu, dengan atau tanpa tanda sempang.
secret-once = Kata laluan ini dipaparkan sekarang sahaja: apabila anda meninggalkan halaman ini, tiada sesiapa dapat memaparkannya lagi.
watch-title = Sudahkah aplikasi log masuk?
watch-nothing = Belum
watch-nothing-hint = Sebaik sahaja ia log masuk, anda akan melihatnya di sini.
watch-signed-in = { $service }: sudah log masuk
watch-client = { $service }: sudah log masuk daripada { $client }
watch-primary = { $service }: aplikasi menghantar kata laluan anda sendiri
watch-primary-hint = Gantikannya dengan kata laluan aplikasi di atas.
settings-title = Tetapan untuk aplikasi
settings-lead = Kebanyakan aplikasi mencari tetapan ini sendiri. Jika aplikasi anda memintanya, salin dari sini.
user-name = Nama pengguna
server = Pelayan
port = Port
protection = Keselamatan sambungan
address = Alamat
imap-settings = E-mel masuk (IMAP)
submission-settings = E-mel keluar (SMTP)
dav-settings = Kalendar dan kenalan (CalDAV, CardDAV)
done = Selesai, sudah ada dalam aplikasi
secret-gone = Kata laluan aplikasi ini sudah pernah dipaparkan
secret-gone-text = Tiada sesiapa dapat memaparkannya lagi. Jika anda belum memasukkannya dalam aplikasi, batalkannya dan buat yang baharu.

# Pembatalan
revoke-title = Batalkan “{ $label }”?
revoke-connected = { $count ->
    [0] Tiada aplikasi yang bersambung dengannya sekarang. Kata laluan ini tidak akan diterima lagi buat selama-lamanya.
   *[other] Aplikasi yang menggunakannya akan dilog keluar serta-merta ({ $count } sambungan). Kata laluan ini tidak akan diterima lagi buat selama-lamanya.
}
revoke-others = Aplikasi anda yang lain berjalan seperti biasa.
revoke-all-title = Batalkan semua kata laluan aplikasi?
revoke-all-title-apps = Batalkan semua kata laluan aplikasi dan buang semua aplikasi yang dibenarkan?
remove-all-title = Buang semua aplikasi yang dibenarkan?
revoke-all-connected = { $count ->
    [0] Tiada aplikasi yang bersambung sekarang.
   *[other] { $count } sambungan akan ditutup serta-merta.
}
revoke-all-text = { $count ->
   *[other] { $count } kata laluan aplikasi tidak akan diterima lagi buat selama-lamanya.
}
remove-all-text = { $count ->
   *[other] { $count } aplikasi yang dibenarkan akan dibuang dan dilog keluar.
}
revoked-one = “{ $label }” sudah dibatalkan.
closed-count = { $count ->
    [0] Tiada sambungan yang terbuka.
   *[other] { $count } sambungan ditutup.
}
revoked-all = { $count ->
    [0] Tiada apa-apa untuk dibatalkan.
   *[other] { $count } kata laluan aplikasi sudah dibatalkan.
}
removed-all = { $count ->
   *[other] { $count } aplikasi yang dibenarkan sudah dibuang.
}

# Pelayan lain, yang diberitahu bahawa seseorang dilog keluar
other-servers = Pelayan lain
other-plan-person = Di { $server } semua aplikasi akaun itu dilog keluar. Aplikasi yang masih dibenarkan masuk akan log masuk semula dengan sendirinya.
other-plan-told = { $server } akan diberitahu.
other-plan-nothing = { $server } tidak dapat diberitahu. Sesinya singkat.
other-closed = { $server }: { $count ->
    [0] tiada sambungan yang terbuka.
   *[other] { $count } sambungan ditutup.
}
other-told = { $server }: sudah diberitahu.
other-final-in = Muktamad dalam { $seconds } s.
other-pending = { $server }: belum selesai, { $why }.
other-given-up = { $server }: usaha dihentikan, { $why }. Apa yang terbuka di sana mungkin masih berjalan.
other-cannot = { $server }: tidak dapat diberitahu; sesinya singkat.
other-not-configured = { $server }: tidak dapat diberitahu; ia tiada lagi dalam konfigurasi.
other-why-not-yet = belum diberitahu
other-why-unreachable = pelayan itu tidak menjawab
other-why-untrusted = sijil pelayan itu tidak dipercayai
other-why-too-slow = pelayan itu tidak menjawab dalam masanya
other-why-status = pelayan itu menjawab dengan status { $code }
other-why-garbled = pelayan itu tidak dapat melakukannya
other-why-exit-code = kod keluar { $code }
other-why-signal = ditamatkan oleh isyarat { $code }
other-why-no-program = arahannya tidak dapat dimulakan
other-why-unfit-login = nama log masuk ini tidak dapat disebut di sana

# Sejarah
history-lead = Kata laluan aplikasi yang tidak berfungsi lagi.
history-lead-apps = Aplikasi yang pernah dibenarkan masuk dengan akaun anda, dan tidak lagi.
history-empty = Belum ada yang dibatalkan atau tamat tempoh.
history-empty-apps = Belum ada aplikasi yang dibuang atau tamat tempoh.
ended-revoked = Dibatalkan
ended-expired = Tamat tempoh
why-asked = Anda membatalkannya.
why-staff = Kakitangan pelayan ini membatalkannya.
why-all-asked = Anda membatalkan semuanya.
why-asked-app = Anda membuangnya.
why-staff-app = Kakitangan pelayan ini membuangnya.
why-all-asked-apps = Anda membuang semuanya.
why-password-changed = Anda menukar kata laluan anda.
why-password-reset = Kata laluan anda ditetapkan semula.
why-second-factor-removed = Faktor kedua yang terakhir dibuang.
why-suspended = Akaun anda digantung.
why-deleted = Akaun itu dipadam.
why-by-app = Aplikasi itu memulangkannya.
why-token-replayed = Sesuatu yang sah sekali sahaja telah digunakan dua kali: mungkin peranti lain mempunyai salinannya.
why-expired = Tempohnya sudah tamat.

# Sedang bersambung
connected-lead = Aplikasi yang sedang log masuk ke akaun anda pada saat ini.
connected-empty = Tiada aplikasi yang bersambung. Apabila ada yang log masuk, anda akan melihatnya di sini.
connected-since = Sejak
connected-from = Dari
connected-by = Oleh
connected-data = Data
connected-amounts = { $from } daripada aplikasi, { $to } kepadanya
in-kilobytes = { $count } kB
in-megabytes = { $count } MB
unknown-app = Aplikasi tidak dikenali
sign-out-app = Log keluar
app-signed-out = Aplikasi itu sudah dilog keluar. Aplikasi itu boleh log masuk semula dengan kata laluan aplikasinya; batalkan kata laluan itu untuk menghalangnya.
authorised-app-signed-out = Aplikasi itu sudah dilog keluar. Aplikasi itu boleh log masuk semula; buang aplikasi itu di bawah Aplikasi yang dibenarkan untuk menghalangnya.
app-gone = Sambungan ini sudah pun tamat.

# Keselamatan
security-lead = Cara anda log masuk ke halaman ini.
change-password = Tukar kata laluan
change-password-lead = Anda memerlukan kata laluan lama dan faktor kedua anda.
change-before = { $count ->
    [0] Anda tiada kata laluan aplikasi yang akan terjejas.
   *[other] { $count } kata laluan aplikasi anda tidak akan berfungsi lagi, dan aplikasinya dilog keluar.
}
old-password = Kata laluan lama
new-password = Kata laluan baharu
new-password-hint = Sekurang-kurangnya 12 aksara. Elok gunakan beberapa perkataan yang hanya anda akan terfikir untuk menggabungkannya.
new-password-again = Kata laluan baharu sekali lagi
password-short = Kata laluan memerlukan sekurang-kurangnya { $min } aksara.
password-long = Kata laluan ini terlalu panjang: paling banyak { $max } bait.
password-characters = Kata laluan tidak boleh mengandungi pemisah baris.
password-common = Kata laluan ini yang pertama dicuba oleh semua orang. Pilih yang lain.
password-like-login = Kata laluan ini hampir sama dengan nama log masuk anda. Pilih yang lain.
password-as-before = Ini sudah kata laluan anda. Pilih yang lain.
passwords-differ = Kedua-dua kata laluan baharu itu tidak sama. Taip kedua-duanya sekali lagi.
old-wrong = Ini bukan kata laluan lama anda.
password-changed = Kata laluan anda sudah ditukar.
password-changed-next = Buat kata laluan aplikasi baharu untuk setiap aplikasi yang masih anda gunakan.
password-changed-next-apps = Log masuk semula dengan setiap aplikasi yang dibenarkan yang masih anda gunakan.
second-factors = Faktor kedua
second-factors-lead = Apa yang anda tunjukkan selain kata laluan anda.
no-second-factor = Anda belum ada faktor kedua. Anda memerlukannya untuk membenarkan aplikasi masuk.
authenticator = Aplikasi pengesah
added = Ditambah
remove = Buang
recovery-left = { $count ->
    [0] Kod pemulihan sudah habis. Buat yang baharu sekarang.
   *[other] Tinggal { $count } kod pemulihan.
}
new-recovery-codes = Kod pemulihan baharu
browsers = Pelayar yang log masuk
browsers-lead = Tempat akaun anda sedang dibuka.
this-browser = Pelayar ini
unknown-browser = Satu pelayar
browser-signed-out = Pelayar itu sudah dilog keluar.
add-authenticator-lead = Imbas ini dengan aplikasi pengesah pada telefon anda, kemudian taip enam digit yang dipaparkannya.
qr-title = Kod QR untuk aplikasi pengesah
seed-text = Atau taip ini dalam aplikasi:
factor-name = Namanya
factor-name-default = Telefon
add = Tambah
factor-added = Aplikasi pengesah sudah ditambah.
remove-factor-title = Buang “{ $label }”?
remove-factor = Faktor ini tidak akan diterima lagi apabila anda log masuk.
remove-last-factor = Ini faktor kedua anda yang terakhir. Tanpanya, tiada aplikasi boleh dibenarkan masuk, dan setiap pelayar lain dilog keluar.
factor-removed = Faktor kedua sudah dibuang.
codes-title = Kod pemulihan anda
codes-lead = Setiap kod menggantikan faktor kedua anda sekali, contohnya jika telefon anda hilang. Cetak atau salin kod ini pada kertas; kod ini dipaparkan sekarang sahaja.
print = Cetak
codes-done = Saya sudah menyimpannya

# Apabila ada yang tidak kena
error-not-found = Halaman ini tidak wujud
error-not-found-text = Mungkin alamatnya tersilap taip, atau apa yang ada di sini sudah tiada.
error-origin = Borang ini datang dari tempat lain
error-origin-text = Tiada apa-apa yang diubah. Kembali ke halaman itu, muatkan semula dan hantar borang sekali lagi.
error-busy = Terlalu ramai orang serentak
error-busy-text = Tiada apa-apa yang diubah. Cuba lagi dalam beberapa saat.
error-broken = Tunggu sebentar
error-broken-text = Pelayan tidak dapat mencapai datanya sekarang. Tiada apa-apa yang diubah, dan tiada aplikasi yang lupa kata laluannya. Cuba lagi dalam masa seminit.
error-denied = Anda tidak dibenarkan melakukan tindakan ini
error-denied-text = Akaun anda tidak mempunyai kebenaran untuk tindakan ini. Tiada apa-apa yang diubah.
error-large = Terlalu banyak sekali gus
error-large-text = Apa yang dihantar lebih besar daripada mana-mana borang di sini. Tiada apa-apa yang diubah.
try-again = Cuba lagi

# Kunci laluan dan pelayar yang dipercayai
passkey = Kunci laluan
passkey-lead = Sahkan dengan jari, wajah atau PIN peranti ini.
use-passkey = Guna kunci laluan
add-passkey = Tambah kunci laluan
add-passkey-lead = Telefon, komputer atau kunci keselamatan anda akan mengesahkan bahawa ini anda, dengan jari, wajah atau PIN. Tiada apa-apa untuk ditaip dan tiada apa-apa untuk dilupakan.
passkey-name-hint = Supaya anda tahu nanti ia berada pada peranti yang mana
make-passkey = Buat kunci laluan
passkey-added = Kunci laluan sudah ditambah.
passkey-about = Telefon, komputer atau kunci keselamatan anda mengesahkan bahawa ini anda. Cara paling selamat dan paling pantas.
authenticator-about = Sebuah aplikasi pada telefon anda menunjukkan enam digit untuk ditaip.
passkey-needs-script = Kunci laluan memerlukan skrip, yang dimatikan dalam pelayar ini.
wrong-passkey = Kunci laluan itu tidak diterima. Cuba lagi, atau log masuk dengan cara lain.
passkey-not-made = Tiada kunci laluan dibuat. Cuba lagi, atau tambah aplikasi pengesah.
too-many-factors = Anda sudah mempunyai bilangan faktor kedua yang dibenarkan. Buang satu dahulu.
trust-browser = { $days ->
   *[other] Percayai pelayar ini: jangan tanya lagi di sini selama { $days } hari
}
trusted-browsers = Pelayar yang dipercayai
trusted-browsers-lead = Di sini anda diminta kata laluan sahaja. Sebelum apa-apa tentang kata laluan anda berubah, faktor kedua anda tetap diminta.
trusted-until = Dipercayai hingga
end-trust = Tamatkan kepercayaan
trust-ended = Pelayar itu akan diminta faktor kedua semula.
rename = Namakan semula
factor-name-hint = Nama yang anda kenali, contohnya Telefon
factor-renamed = Faktor kedua itu mempunyai nama baharu.
factors-removal = Kakitangan pelayan ini meminta semua faktor kedua anda dibuang. Ini akan berlaku
factors-removal-text = Ketika itu tiada aplikasi dapat masuk lagi. Jika anda tidak kehilangan faktor kedua anda, hentikannya: mungkin seseorang menyamar sebagai anda.
factors-removal-stop = Hentikan, saya masih memilikinya
removal-stopped = Faktor kedua anda kekal.
show = Tunjuk
hide = Sembunyi
strength-0 = Sangat mudah diteka
strength-1 = Mudah diteka
strength-2 = Boleh lebih baik
strength-3 = Baik
strength-4 = Sangat baik

# Menjadi pemegang akaun
join-title = Selamat datang
join-lead = { $login } ialah akaun anda. Pilih sesuatu yang hanya anda tahu.
your-name = Nama anda
your-name-hint = Seperti yang dilihat oleh orang lain; boleh dibiarkan kosong
name-wrong = Nama mempunyai paling banyak 200 aksara, tanpa pemisah baris.
choose-password = Pilih kata laluan
choose-password-again = Kata laluan yang sama sekali lagi
notice-address = Alamat untuk makluman
notice-address-hint = Peti mel anda yang lain, bukan yang ini. Kami menghantar e-mel ke sana apabila sesuatu berlaku pada akaun anda, atau anda terlupa kata laluan.
address-wrong = Ini bukan alamat e-mel. Contohnya ada@example.net.
address-own = Ini peti mel akaun ini sendiri. Pilih yang lain: anda tidak dapat membacanya apabila anda tidak dapat log masuk.
welcome = Satu langkah lagi
welcome-lead = Kata laluan anda telah ditetapkan. Sekarang tambah faktor kedua: dengannya, sesiapa yang mengetahui kata laluan anda tetap tidak dapat masuk. Anda memerlukannya untuk membenarkan aplikasi anda masuk.
later = Nanti
register = Buat akaun
register-lead = Di { $site }.
register-login-hint = Yang berada sebelum @, contohnya ada
register-sent = E-mel sedang dihantar ke { $address }. Ikut pautan di dalamnya dalam masa 24 jam.
letter-title = Lihat peti mel anda
login-name-wrong = Ini tidak boleh menjadi nama log masuk. Guna huruf, digit, titik dan tanda sempang.
login-name-taken = Nama log masuk ini sudah diambil. Pilih yang lain.
have-account = Saya sudah ada akaun

# Kata laluan yang dilupakan
forgot = Terlupa kata laluan?
forgot-lead = Kami menghantar pautan ke alamat makluman anda. Jika anda ada faktor kedua, anda juga memerlukannya, atau kod pemulihan.
forgot-sent = Jika { $login } ialah akaun dan mempunyai alamat makluman, pautan sedang dihantar ke sana. Pautan itu sah selama satu jam.
send-letter = Hantar pautan
staff-code = Kod daripada pentadbir
staff-code-hint = Jika anda tiada alamat makluman, minta kod daripada pentadbir. Rupanya seperti abcd-efgh-ijkl-mnop.
staff-code-wrong = Kod ini salah, pernah digunakan atau sudah terlalu lama. Minta yang baharu.
back-to-sign-in = Kembali ke log masuk
reset-title = Pilih kata laluan baharu
reset-before = Aplikasi anda tidak akan berfungsi sehingga setiap satunya dibenarkan masuk semula, dan setiap pelayar dilog keluar. Faktor kedua anda kekal.
set-password = Tetapkan kata laluan baharu
reset-done = Kata laluan anda telah ditukar
error-link = Pautan ini tidak sah lagi
error-link-text = Pautan ini pernah digunakan, atau tempohnya sudah tamat. Minta yang baharu di tempat anda mendapatnya.

# Pentadbiran
administration = Pentadbiran
home-administration = Akaun orang lain, siapa yang bersambung dan apa yang telah dilakukan.
accounts = Akaun
connections = Sambungan
audit-log = Log audit
settings = Tetapan
search = Cari
pages = Halaman
page-before = Sebelumnya
page-after = Seterusnya
yes = Ya
no = Tidak
quoted = “{ $text }”

# Akaun
accounts-lead = Semua orang yang log masuk di sini, dan setiap peranti.
accounts-found = Akaun yang ditemui
accounts-caption = Mengikut nama log masuk
accounts-none = Tiada akaun yang sepadan. Cuba kurangkan huruf atau pilih status lain.
search-names = Nama atau nama log masuk
account = Akaun
account-id = Pengenal
kind = Jenis
person = Orang
device = Peranti
devices = Semua peranti
state = Status
state-any = Mana-mana
state-active = Aktif
state-invited = Dijemput
state-unprotected = Perlu faktor kedua
state-suspended = Digantung
role = Peranan
role-none = Tiada peranan
role-administrator = Pentadbir
role-helpdesk = Meja bantuan
role-auditor = Juruaudit
role-text = Pentadbir boleh melakukan semuanya kecuali melihat rahsia orang lain. Meja bantuan menjemput, menetapkan semula dan melog keluar, bagi akaun tanpa peranan. Juruaudit membaca dan tidak mengubah apa-apa. Menukar peranan menarik balik pautan akaun yang masih terbuka.
role-save = Tetapkan peranan
role-set = Peranan { $name } sekarang: { $role }.
role-change = dahulu: { $before }, sekarang: { $after }
factor-passkey = Kunci laluan
factors-none = Tiada
factors-none-yet = Belum ada. Tanpanya, tiada aplikasi boleh dibenarkan masuk.
factors-device = Tidak perlu
last-use-by-app = Kali terakhir digunakan oleh apl
of-so-many = { $count } daripada { $max }
of-so-many-in-use = { $count } daripada { $max } sedang digunakan.
invite-someone = Jemput seseorang
invite-someone-lead = Mereka memilih sendiri kata laluan dan faktor kedua. Anda tidak akan melihat kedua-duanya.
new-device = Peranti baharu
new-device-lead = Pencetak, pengimbas atau skrip: tiada kata laluan dan tiada halaman, hanya kata laluan aplikasi yang anda buat untuknya.
account-name = Nama
account-name-hint = Seperti yang dikenali orang lain, contohnya Ada Marlow
account-name-hint-device = Supaya mudah ditemui semula, contohnya Pengimbas, tingkat satu
account-name-wrong = Nama ialah satu baris, paling banyak 200 aksara.
account-notice = Alamat untuk makluman
account-notice-hint = Di luar peti mel yang dibuka oleh akaun ini. Tanpanya, tiada sesiapa dapat diberitahu melalui e-mel tentang apa yang berlaku kepada akaun.
account-notice-wrong = Ini bukan alamat. Contohnya ada@example.net.
account-notice-missing = Berikan alamat untuk menghantar jemputan, atau serahkan pautannya.
account-notice-own = Ini peti mel akaun itu sendiri. Berikan alamat lain, atau biarkan kosong.
account-login-wrong = “{ $text }” tidak boleh menjadi nama log masuk.
account-login-taken = { $login } sudah digunakan, atau baru sahaja berhenti digunakan.
mail-invitation = Hantar jemputan ke alamat itu juga
more-login-names = Nama log masuk lain
more-login-names-hint = Nama lain bagi peti mel yang sama, satu pada setiap baris.
more-login-names-many = Paling banyak { $max } serentak.
make-invitation = Buat jemputan
make-device = Buat peranti
device-made = Peranti sudah dibuat. Sekarang peranti itu memerlukan kata laluan aplikasi.
invitation-mailed = Jemputan juga sedang dihantar melalui e-mel.
invitation-not-mailed = Jemputan tidak dapat dihantar melalui e-mel. Serahkan pautan di bawah.

# Pautan, dipaparkan sekali
once-title = Pautan yang sah sekali sahaja
once-invitation = Dengannya { $name } memilih kata laluan dan faktor kedua.
once-reset = Dengannya { $name } memilih kata laluan baharu, dan menunjukkan faktor kedua jika ada.
once-code = Kod
once-link = Pautan dengan kod di dalamnya
once-until = Sah sehingga:
once-shown = Pautan ini dipaparkan sekarang sahaja: apabila anda meninggalkan halaman ini, tiada sesiapa dapat memaparkannya lagi.
once-hand-over = Serahkan secara bersemuka, melalui telefon atau di atas kertas, jangan sekali-kali melalui e-mel ke peti mel yang dibukanya.
once-done = Selesai, pautan sudah diserahkan
once-gone = Pautan ini sudah dipaparkan
once-gone-text = Tiada sesiapa dapat memaparkannya lagi. Jika belum diserahkan, buat yang baharu: yang lama tidak akan sah lagi.
once-again = Buat yang baharu
open-links = Pautan yang masih sah
open-link-invitation = Jemputan
open-link-reset = Kata laluan baharu
open-link-address = Bukti alamat

# Satu akaun
nothing-given = Tidak diberikan
password-chosen = Sudah dipilih
password-not-chosen = Belum dipilih
login-names = Nama log masuk
login-name-first = Yang pertama kekal selagi akaun ini ada.
one-more-login-name = Satu lagi nama log masuk
login-name-added = { $login } sudah ditambah.
login-name-removed = { $login } sudah dibuang.
recovery-codes-left = { $count ->
   *[other] Tinggal { $count } kod pemulihan.
}
fact-last-tried = Kali terakhir dicuba
nobody-connected = Tiada aplikasi yang bersambung dan tiada pelayar yang log masuk.
factors-end-title = Semua faktor kedua akan dibuang
factors-end-text = Pemilik sudah diberitahu dan boleh menghentikannya sehingga:

# Apa yang dilakukan terhadap akaun
suspend = Gantung
resume = Aktifkan semula
delete = Padam
sign-out-everywhere = Log keluar di semua tempat
remove-factors = Buang semua faktor kedua
keep-factors = Kekalkan faktor kedua
ask-revoke-all = Batalkan semua kata laluan aplikasi { $name }?
ask-revoke-all-apps = Batalkan semua kata laluan aplikasi { $name } dan buang semua aplikasi yang dibenarkannya?
ask-remove-all = Buang semua aplikasi yang dibenarkan oleh { $name }?
ask-sign-out = Log keluar { $name } di semua tempat?
ask-reset = Buat pautan kata laluan baharu untuk { $name }?
ask-reset-button = Tetapkan semula kata laluan
ask-invite-again = Buat jemputan baharu untuk { $name }?
ask-suspend = Gantung { $name }?
ask-resume = Aktifkan semula { $name }?
ask-delete = Padam { $name }?
ask-remove-factors = Buang semua faktor kedua { $name }?
ask-keep-factors = Kekalkan faktor kedua { $name }?
ask-remove-login-name = Buang { $login }?
browsers-signed-out = { $count ->
    [0] Tiada pelayar yang log masuk.
   *[other] { $count } pelayar akan dilog keluar.
}
browsers-were-signed-out = { $count ->
    [0] Tiada pelayar yang sedang log masuk.
   *[other] { $count } pelayar dilog keluar.
}
sign-out-may-return = Aplikasi boleh kembali dengan sendirinya. “{ revoke-all }” menghalangnya.
ask-reset-text = Kata laluan lama berfungsi sehingga pautan digunakan. Kemudian kata laluan itu diganti, dan tiada aplikasi dapat masuk sehingga dibenarkan semula.
reset-factors-stay = Faktor kedua kekal: pautan itu tidak menggantikannya.
invite-again-text = Jemputan lama yang anda serahkan tidak akan sah lagi.
suspend-text = Tiada sesiapa dapat log masuk sehingga akaun diaktifkan semula. Apa yang dibatalkan dan dibuang kekal begitu.
suspended = { $name } sudah digantung.
resume-text = Pemilik boleh log masuk semula. Apa yang dibatalkan dan dibuang kekal begitu.
resumed = { $name } sudah diaktifkan semula.
delete-factors = { $count ->
    [0] Kata laluan, pautan yang masih sah dan pelayar yang dikenali hilang buat selama-lamanya.
   *[other] Kata laluan, { $count } faktor kedua, pautan yang masih sah dan pelayar yang dikenali hilang buat selama-lamanya.
}
delete-names = Nama log masuk kekal ditempah untuk seketika, supaya orang lain tidak menerima e-mel yang ditujukan kepada akaun ini.
delete-audit = Log audit menyimpan apa yang dilakukan, tanpa nama. Tindakan ini tidak boleh dibuat asal.
deleted = { $name } sudah dipadam.
remove-factors-untold = Tiada alamat makluman: beritahu pemiliknya sendiri.
remove-factors-asked-untold = Faktor kedua akan dibuang apabila tempohnya tamat. Tiada alamat makluman: beritahu pemiliknya sendiri.
factors-end-untold = Tiada alamat makluman, jadi beritahu pemiliknya sendiri. Dia boleh menghentikannya sehingga:
remove-factors-told = Pemilik diberitahu sekarang, di alamat untuk makluman, dan boleh menghentikannya.
remove-factors-wait = Tempoh untuk menghentikannya: { $time }. Kemudian semua faktor kedua dibuang, dan tiada aplikasi dapat masuk lagi.
remove-factors-asked = Pemilik sudah diberitahu. Faktor kedua akan dibuang apabila masanya tamat.
keep-factors-text = Apa yang diminta oleh kakitangan dihentikan. Tiada apa-apa berubah bagi pemilik.
factors-kept = Dihentikan: faktor kedua kekal.
factors-kept-already = Tiada sesiapa memintanya lagi.
remove-login-name-text = Tiada sesiapa dapat log masuk dengannya lagi. Semua sambungan akaun ini ditutup; aplikasi dengan nama lain akan kembali sendiri.

# Sambungan
connections-lead = Setiap aplikasi yang sedang log masuk pada saat ini, yang paling lama dahulu.
connections-none = Tiada aplikasi yang bersambung.
connections-caption = { $count ->
   *[other] { $count } sambungan
}
connections-oldest = { $count } yang paling lama; ada lagi yang lain.
app = Aplikasi

# Log audit
audit-lead = Siapa melakukan apa, yang terbaharu dahulu.
audit-who = Siapa
audit-what = Apa
audit-when = Bila
audit-since = Dari (UTC)
audit-until = Hingga dan termasuk (UTC)
audit-anything = Apa-apa sahaja
audit-none = Tiada apa-apa seperti itu dilakukan.
audit-nobody = Tiada sesiapa mempunyai nama log masuk ini, atau baru-baru ini mempunyainya.
audit-no-day = Ini bukan tarikh dalam kalendar. Tulis seperti 2026-11-21.
audit-older = Lebih lama
export-csv = Eksport sebagai CSV
export-json = Eksport sebagai baris JSON
operator = Pengendali pelayan
deleted-account = akaun yang dipadam
audit-account = Semua tentang akaun
audit-app-password = Semua tentang kata laluan aplikasi
audit-app = Semua tentang aplikasi yang dibenarkan
audit-portal = Semua log masuk dan log keluar di sini
audit-account-created = Akaun dibuat
audit-account-suspended = Akaun digantung
audit-account-resumed = Akaun diaktifkan semula
audit-account-deleted = Akaun dipadam
audit-account-role-set = Peranan ditetapkan
audit-account-login-name-added = Nama log masuk ditambah
audit-account-login-name-removed = Nama log masuk dibuang
audit-account-invited = Jemputan dihantar melalui e-mel
audit-account-registration-asked = Pendaftaran diminta
audit-account-profile-changed = Nama atau bahasa diubah
audit-password-set = Kata laluan pertama dipilih
audit-password-changed = Kata laluan ditukar
audit-password-reset = Kata laluan ditetapkan semula
audit-password-reset-asked = Pautan kata laluan baharu diminta
audit-password-tried-by-app = Aplikasi menghantar kata laluan akaun itu sendiri
audit-second-factor-added = Faktor kedua ditambah
audit-second-factor-removed = Faktor kedua dibuang
audit-second-factor-renamed = Faktor kedua dinamakan semula
audit-second-factors-removal-asked = Pembuangan semua faktor kedua diminta
audit-second-factors-removal-stopped = Pembuangan semua faktor kedua dihentikan
audit-recovery-codes-made = Kod pemulihan dibuat
audit-recovery-code-used = Kod pemulihan digunakan
audit-app-password-created = Kata laluan aplikasi dibuat
audit-app-password-revoked = Kata laluan aplikasi dibatalkan
audit-app-password-all-revoked = Semua kata laluan aplikasi dibatalkan
audit-app-authorised = Aplikasi dibenarkan
audit-app-removed = Aplikasi dibuang
audit-app-all-removed = Semua aplikasi yang dibenarkan dibuang
audit-app-tried-after-end = Aplikasi yang sudah tamat kebenarannya cuba masuk
audit-app-expired = Kebenaran aplikasi tamat tempoh
audit-app-password-expired = Kata laluan aplikasi tamat tempoh
audit-app-password-tried-after-end = Kata laluan aplikasi yang sudah tamat dicuba
audit-portal-signed-in = Log masuk
audit-portal-signed-out = Dilog keluar secara manual
audit-portal-signed-in-from-new-browser = Log masuk dengan pelayar baharu
audit-browser-trusted = Pelayar dipercayai
audit-browser-trust-ended = Kepercayaan terhadap pelayar ditamatkan
audit-link-made = Pautan untuk diserahkan dibuat
audit-notice-address-given = Alamat untuk makluman diberikan
audit-app-password-expires-soon = Diberi amaran bahawa kata laluan aplikasi akan tamat tempoh
audit-letter-given-up = Satu e-mel tidak dapat dihantar
audit-sign-out-given-up = Pelayan lain tidak dapat diberitahu untuk melog keluar seseorang
audit-failures-of-the-day = Pentadbir dimaklumkan tentang kegagalan sehari
audit-notice-address-changed = Alamat untuk makluman diubah

# Tetapan, untuk dilihat
settings-lead-admin = Bagaimana pelayan ini ditetapkan. Ia diubah dalam konfigurasinya, oleh pengendalinya.
set-portal = Portal ini
set-site = Akaun untuk
set-contact = Siapa yang boleh ditanya
set-apps = Apa yang diberitahu kepada aplikasi untuk { $service }
set-sessions = Log masuk di sini
set-session-idle = Dilog keluar apabila tidak digunakan selama
set-session-max = Dilog keluar selewat-lewatnya selepas
set-browser-trust = Pelayar yang dipercayai kekal dipercayai selama
set-policy = Peraturan
set-admin-may-create = Pentadbir boleh membuat kata laluan aplikasi untuk orang
set-registration = Semua orang boleh membuat akaun sendiri
set-factor-removal = Masa untuk menghentikan pembuangan faktor kedua
set-letters = Kata laluan aplikasi mempunyai
set-so-many-letters = { $count ->
   *[other] { $count } huruf
}
set-oauth-on = Aplikasi boleh dibenarkan dengan akaun
set-oauth-registration = Aplikasi boleh mendaftar sendiri
set-oauth-own = Milik kami: penggunanya tidak ditanya
set-oauth-named = Dikenali di sini dengan nama
set-oauth-asks = Boleh bertanya token itu milik siapa
set-throttle = Menghalang tekaan
set-throttle-account = Kata laluan aplikasi yang salah bagi satu akaun
set-throttle-network = Kata laluan aplikasi yang salah dari satu rangkaian
set-throttle-guesses = Kata laluan dan kod yang salah di sini
set-rate = { $burst } sekali gus, kemudian { $hour } dalam sejam
set-delay-max = Tempoh menunggu paling lama sebelum penolakan
set-retention = Berapa lama disimpan
set-ended = Kata laluan aplikasi yang sudah tamat
set-names = Nama log masuk akaun yang dipadam
time-days = { $count ->
   *[other] { $count } hari
}
time-hours = { $count ->
   *[other] { $count } jam
}
time-minutes = { $count ->
   *[other] { $count } minit
}
time-seconds = { $count ->
   *[other] { $count } saat
}

# Bantuan
help-title = Menggunakan kata laluan aplikasi
help-lead = Cara membawa e-mel, kalendar dan kenalan ke dalam aplikasi, dan apa yang perlu dibuat apabila tidak berjaya.
help-on = Pada halaman ini
help-beside = Aplikasi tidak dapat masuk? Bantuan dibuka di sebelah halaman ini.
help-what = Apa itu kata laluan aplikasi
help-what-1 = Kata laluan rawak untuk satu aplikasi. Ia hanya membuka apa yang diperlukan oleh aplikasi itu: e-mel, kenalan, kalendar, atau penghantaran sahaja.
help-what-2 = Ia tidak sekali-kali membuka portal ini. Tiada aplikasi, dan tiada sesiapa yang mengambilnya daripada aplikasi, dapat mengubah akaun anda atau menghalang anda daripada masuk.
help-what-3 = Buat satu untuk setiap aplikasi; anda boleh mempunyai sehingga { $max } pada satu masa. Dengan itu anda boleh mengambil semula kunci daripada satu aplikasi, dan yang lain berjalan seperti biasa.
help-make = Buat satu dalam tiga langkah
help-make-1 = Log masuk di sini, buka “{ app-passwords }” dan pilih “{ new-app-password }”. Anda memerlukan faktor kedua; jika belum ada, halaman itu akan membawa anda kepadanya.
help-make-2 = Berikan nama aplikasi itu dan pilih apa yang boleh dibukanya. Kemudian kata laluan itu dipaparkan kepada anda, sekali sahaja.
help-make-3 = Dalam aplikasi, masukkannya dalam ruang kata laluan. Nama pengguna ialah nama log masuk anda yang penuh.
help-make-where = Tanda sempang, ruang kosong dan huruf besar tidak penting. Jangan sekali-kali taip kata laluan anda sendiri dalam aplikasi: ia hanya untuk portal ini.
help-without = Tanpa kata laluan aplikasi
help-without-apps = Aplikasi yang membawa anda ke portal ini dengan sendirinya tidak memerlukannya: log masuk, pilih apa yang boleh dibukanya, dan ia dibenarkan masuk. Ia tersenarai di bawah “{ authorised-apps }”.
help-without-flow = Dalam DAVx⁵ dan aplikasi lain yang mengenali Nextcloud, tiada apa-apa perlu ditaip: pilih “Nextcloud” dan berikan alamat { $address }. Aplikasi itu mendapat kata laluan aplikasinya sendiri.
help-without-device = Adakah televisyen atau peranti lain menunjukkan kod kepada anda?
help-without-code = Taip di sini
help-user-name = Nama log masuk anda yang penuh, seperti yang anda gunakan untuk log masuk di sini
help-password = Kata laluannya ialah kata laluan aplikasi, untuk semua yang dilakukan oleh aplikasi: mengambil dan menghantar e-mel, kalendar dan kenalan.
help-no-settings = Halaman ini belum diberitahu di mana e-mel dan kalendar anda berada. Tanya pengendali pelayan ini.
help-trouble = Apabila ada yang tidak berfungsi
help-anew = Apa pun masalahnya: mulakan dengan yang baharu
help-anew-1 = Batalkan kata laluan aplikasi yang ada pada aplikasi itu, buat yang baharu dan masukkannya dalam aplikasi. Seminit sahaja, aplikasi anda yang lain tidak terjejas, dan semua salah taip hilang.
help-anew-2 = Biarkan halaman kata laluan baharu itu terbuka sehingga aplikasi log masuk: halaman itu memberitahu anda sebaik sahaja ia berlaku.
help-send = E-mel masuk, tetapi tidak dapat dihantar
help-send-1 = Kebanyakan aplikasi menyimpan nama pengguna dan kata laluan kedua untuk penghantaran, di bawah “pelayan keluar” atau “SMTP”, dan selalunya ruang itu kosong. Hidupkan log masuk di situ, dan berikan yang sama seperti untuk e-mel masuk: nama log masuk anda yang penuh dan kata laluan aplikasi yang sama.
help-send-settings = Pelayan keluar: { $server }, port { $port }, keselamatan sambungan SSL/TLS.
help-send-unknown = Halaman ini belum diberitahu melalui pelayan mana e-mel dihantar. Tanya pengendali pelayan ini tentang pelayan keluar dan portnya.
help-send-2 = Lihat juga apa yang dibuka oleh kata laluan aplikasi itu: mestilah “{ scope-mail }” atau “{ scope-mail-send }”.
help-stopped = Dahulu berfungsi, sekarang tidak
help-stopped-1 = Kata laluan aplikasi berfungsi sehingga salah satu daripada ini berlaku:
help-stopped-revoked = Anda, atau kakitangan pelayan ini, membatalkannya.
help-stopped-password = Kata laluan anda ditukar atau ditetapkan semula. Ketika itu semuanya tamat serentak, supaya orang yang tahu kata laluan lama tidak kekal di dalam.
help-stopped-factor = Faktor kedua anda yang terakhir dibuang. Tanpanya tiada kata laluan aplikasi.
help-stopped-expired = Ia ada hari terakhir, dan hari itu sudah lepas.
help-stopped-2 = Anda diberitahu terlebih dahulu: halaman untuk menukar kata laluan menyatakan berapa banyak yang akan terhenti, dan “{ expires-soon }” tertera di sebelah kata laluan aplikasi dalam dua minggu terakhirnya. Selepas itu “{ history }” menunjukkan bila dan mengapa setiap satu tamat, dan e-mel dihantar ke alamat makluman anda.
help-stopped-3 = Apa yang sudah tamat tidak akan berfungsi lagi. Buat yang baharu untuk setiap aplikasi yang masih anda gunakan.
help-stopped-apps = Aplikasi tanpa kata laluan aplikasi juga tamat bersama kata laluan anda dan faktor kedua anda yang terakhir. Log masuk semula dengannya.
help-unclear = Saya tidak tahu apa yang tidak kena
help-unclear-watch = “{ watch-title }” ada di sebelah kata laluan aplikasi baharu. Di situ tertulis bila dan bagaimana aplikasi itu masuk, dan juga jika ia menghantar kata laluan anda sendiri.
help-unclear-used = “{ fact-last-used }”, dalam senarai kata laluan aplikasi anda, menyatakan bila, oleh aplikasi mana dan dari mana setiap satu digunakan. “{ never-yet }” bermaksud aplikasi belum pernah masuk dengannya: semak nama pengguna, pelayan dan port.
help-unclear-tried = “{ still-tried }”, dalam “{ history }”, bermaksud ada aplikasi yang masih menyimpan kata laluan yang sudah tamat. Berikan aplikasi itu yang baharu, atau buang akaun itu daripadanya.
help-unclear-activity = “{ activity }”, di bawah “{ security }”, menyenaraikan semua yang berlaku pada akaun anda.
help-message = Maksud mesej aplikasi
help-message-wrong = “Kata laluan salah”, “pengesahan gagal”
help-message-wrong-text = Pelayan tidak menerima apa yang dihantar oleh aplikasi. Kata laluan itu tersilap taip, dibatalkan atau tamat tempoh, atau nama pengguna bukan nama log masuk yang penuh. Buat yang baharu.
help-message-own = “Kata laluan aplikasi diperlukan”, “use an app password”
help-message-own-text = Aplikasi itu menghantar kata laluan anda sendiri. Gantikannya dengan kata laluan aplikasi.
help-message-later = “Cuba lagi kemudian”, “tidak tersedia buat sementara”
help-message-later-text = Pelayan sedang sibuk atau dibaiki. Kata laluannya betul: jangan ubah apa-apa, aplikasi akan masuk semula dengan sendirinya.
help-message-reach = “Tidak dapat menyambung”, “tamat masa”, “sijil”
help-message-reach-text = Aplikasi langsung tidak sampai ke pelayan. Bandingkan pelayan, port dan keselamatan sambungan dengan yang tertera di atas.
help-lost = Apabila ada yang hilang
help-phone = Telefon atau komputer
help-phone-1 = Batalkan kata laluan aplikasinya: aplikasi di dalamnya dilog keluar serta-merta dan tidak dapat masuk lagi. Jika anda tidak tahu yang mana, batalkan semua, dan buat yang baharu untuk peranti yang masih ada pada anda.
help-phone-2 = Kemudian lihat “{ security }”: log keluar pelayarnya di situ, dan tamatkan kepercayaan padanya. Jika faktor kedua anda ada pada telefon itu, tambah yang lain dahulu, kemudian buang yang hilang.
help-phone-apps = Aplikasi tanpa kata laluan aplikasi ada di bawah “{ authorised-apps }”: buang di situ.
help-factor = Faktor kedua
help-factor-1 = Log masuk dengan kod pemulihan: selepas kata laluan, pilih “{ use-recovery-code }”. Tambah faktor kedua yang baharu dahulu dan buang yang hilang kemudian, kerana tanpa sebarang faktor kedua tiada aplikasi dapat masuk lagi.
help-factor-2 = Kod pemulihan pun sudah tiada? Minta pengendali pelayan ini membuang faktor kedua anda. Anda akan diberitahu, dan ia mengambil sedikit masa, supaya tiada orang lain dapat melakukannya atas nama anda.
help-more = Aplikasi dan peranti lain
help-dav = Kalendar dan kenalan
help-dav-1 = Tambah akaun jenis CalDAV untuk kalendar dan CardDAV untuk kenalan; sesetengah aplikasi memanggilnya “akaun lain”. Dengan alamat, nama log masuk anda dan kata laluan aplikasi, aplikasi mencari yang selebihnya sendiri.
help-dav-2 = Android memerlukan aplikasi untuk ini, contohnya DAVx⁵. Satu kata laluan aplikasi sudah cukup untuk kedua-duanya, jika ia membuka “{ scope-contacts }” dan “{ scope-calendars }”.
help-dav-2-as-one = Android memerlukan aplikasi untuk ini, contohnya DAVx⁵. Satu kata laluan aplikasi sudah cukup untuk kedua-duanya, jika ia membuka “{ scope-dav }”.
help-old = Peranti lama, pencetak dan pengimbas
help-old-1 = Peranti yang tidak kenal faktor kedua menerima kata laluan aplikasi seperti mana-mana aplikasi. Untuk pencetak atau pengimbas, pilih “{ scope-mail-send }”: orang yang membukanya tidak menemui apa-apa yang dapat membaca e-mel anda. Jika ia tidak pernah berpindah, benarkan rangkaiannya sendiri sahaja, di bawah “{ more }”.
help-old-2 = Peranti itu mesti boleh menyulitkan sambungan (SSL/TLS). Jika tidak boleh, jangan berikan kata laluan kepadanya; tanya pengendali pelayan ini tentang cara lain.

# Tentang anda
you = Tentang anda
you-lead = Nama anda, bahasa anda, dan di mana anda diberitahu apa yang berlaku.
home-you = Nama anda, bahasa anda dan ke mana makluman dihantar.
your-language = Bahasa
your-language-hint = Untuk halaman ini dan e-mel kepada anda.
language-of-browser = Seperti yang diminta oleh pelayar
save = Simpan
you-changed = Sudah disimpan.
notices = Makluman
notices-lead = E-mel memberitahu anda apabila seseorang log masuk dengan pelayar baharu, atau apabila kata laluan, faktor kedua atau aplikasi yang anda benarkan masuk berubah.
notices-go-to = Makluman dihantar ke { $address }.
notices-go-nowhere = Makluman belum dihantar ke mana-mana: berikan alamat.
notice-address-new = Alamat baharu untuk makluman
notice-address-send = Hantar e-mel ke situ
notice-address-given = E-mel sedang dihantar ke { $address }. Ikut pautan di dalamnya dalam masa 24 jam; sehingga itu tiada apa-apa yang berubah.
notice-link = Adakah ini alamat anda?
notice-link-text = Makluman tentang satu akaun di sini akan dihantar ke { $address }.
notice-link-yes = Ya, hantar makluman ke situ
notice-link-not-you = Bukan anda? Tutup sahaja halaman ini: tiada apa-apa yang berlaku.
notice-link-done = Terima kasih
notice-link-done-text = Mulai sekarang, makluman dihantar ke { $address }.
notice-link-over = Pautan ini tidak sah lagi
notice-link-over-text = Pautan ini pernah digunakan, sudah lebih 24 jam, atau e-mel yang lebih baharu telah menggantikannya. Di “{ you }” anda boleh melihat ke mana makluman dihantar, dan meminta e-mel sekali lagi.

# Aktiviti terkini
activity = Aktiviti terkini
activity-lead = Lima puluh perkara terakhir yang berlaku pada akaun anda.
activity-show = Tunjukkan aktiviti terkini
activity-not-you = Ada sesuatu yang bukan daripada anda?
by-administrator = oleh kakitangan pelayan ini
by-operator = oleh pengendali pelayan ini
by-valetkey = oleh Valetkey

# Apa yang tidak kena
still-tried = Masih dicuba
still-tried-next = Buang kata laluan itu daripada aplikasi tersebut, atau berikan aplikasi itu yang baharu.
amiss-tried = { $count ->
   *[other] Masih ada aplikasi yang mencuba { $count } kata laluan aplikasi yang sudah tamat. Tiada apa-apa yang terbuka dengannya, dan aplikasi itu tidak mendapat apa-apa.
}
amiss-tried-which = Lihat yang mana
amiss-primary-title = Satu aplikasi menghantar kata laluan anda sendiri
amiss-primary-last = Kali terakhir
amiss-primary = Aplikasi itu tidak dibenarkan masuk. Gantikannya dengan kata laluan aplikasi; jika aplikasi itu bukan milik anda, tukar kata laluan anda.

# E-mel
letter-hello = Salam { $name },
letter-hello-nobody = Salam sejahtera,
letter-was-you = Adakah ini anda?
letter-was-you-text = Jika ya, tiada apa-apa yang perlu dibuat.
letter-not-you = Bukan anda?
letter-not-you-revoke = Log masuk ke portal, batalkan kata laluan aplikasi ini, kemudian tukar kata laluan anda.
letter-not-you-app = Buang aplikasi itu sekarang, kemudian tukar kata laluan anda: sesiapa yang membenarkannya mengetahuinya.
letter-not-you-password = Log masuk ke portal, tukar kata laluan anda, dan semak faktor kedua serta pelayar yang log masuk. Jika anda tidak dapat log masuk lagi, beritahu pengendali pelayan dengan segera.
letter-not-you-factor = Log masuk ke portal, buang apa yang anda tidak kenali di bahagian “{ security }”, kemudian tukar kata laluan anda.
letter-not-you-removal = Log masuk ke portal dan hentikannya di bahagian “{ security }”. Dengan itu, tiada apa-apa yang dibuang.
letter-not-you-ignore = Abaikan e-mel ini: tanpa pautan itu, tiada apa-apa yang berlaku.
letter-next = Apa yang perlu dibuat
letter-next-contact = Jika anda tidak menjangkakan perkara ini, tanya pengendali pelayan.
letter-next-app = Jika ada aplikasi yang masih memerlukannya, buat kata laluan aplikasi baharu untuk aplikasi itu. Jika anda tidak tahu aplikasi yang mana, tiada apa-apa yang perlu dibuat.
letter-next-removed = Jika anda masih menggunakan aplikasi itu, log masuk semula ke akaun anda dengannya.
letter-next-all-removed = Jika anda masih menggunakan salah satu daripadanya, log masuk semula ke akaun anda dengannya.
letter-next-all-ended = Untuk setiap aplikasi yang masih anda gunakan, buat kata laluan aplikasi baharu atau log masuk semula ke akaun anda dengannya.
letter-next-new = Buat kata laluan aplikasi baharu dan masukkannya dalam aplikasi itu sebagai ganti.
letter-next-tried = Cari peranti atau aplikasi yang masih menyimpannya. Buang akaun di situ, atau beri kata laluan aplikasi baharu. Jika anda tidak mengenalinya, mungkin orang lain menyimpannya: kata laluan itu tidak lagi membuka apa-apa.
letter-next-removed-tried = Jika anda masih menggunakan aplikasi itu, log masuk semula ke akaun anda dengannya; jika tidak, buang akaun anda daripadanya. Jika anda tidak mengenalinya, mungkin orang lain menyimpan apa yang dimilikinya: ia tidak lagi membuka apa-apa.
letter-next-failures = Log audit menyimpan setiap satu daripadanya, dengan masa dan akaunnya.
letter-open-app-passwords = Lihat kata laluan aplikasi saya
letter-open-authorised-apps = Lihat aplikasi yang saya benarkan
letter-open-security = Lihat tetapan keselamatan saya
letter-open-portal = Buka portal
letter-type-address = Atau taip sendiri alamat ini: { $address }
letter-link-until = Pautan ini boleh digunakan sekali sahaja, sehingga { $time }.
letter-never = Kami tidak pernah menulis kata laluan dalam e-mel, dan tidak pernah meminta kata laluan anda melalui e-mel.
letter-fact-app-password = Kata laluan aplikasi
letter-fact-app = Aplikasi
letter-fact-factor = Faktor kedua
letter-fact-when = Masa
letter-fact-due = Dijadualkan pada
letter-fact-from = Dari
letter-fact-client = Dengan
letter-fact-service = Melalui
letter-fact-by = Oleh
letter-fact-why = Sebab
letter-why-all-asked = Semuanya dibatalkan serentak.
letter-why-password-changed = Kata laluan telah ditukar.
letter-fact-role = Peranan
letter-fact-login = Nama log masuk
letter-fact-address = Alamat baharu
letter-by-owner = Anda, atau seseorang yang log masuk sebagai anda
letter-by-staff = Kakitangan pelayan ini
letter-by-operator = Pengendali pelayan
letter-by-server = Pelayan itu sendiri
letter-role-administrator = Pentadbir
letter-role-helpdesk = Meja bantuan
letter-role-auditor = Juruaudit
letter-role-none = Tiada
letter-suspended-subject = Akaun anda digantung
letter-suspended = Akaun anda telah digantung. Setiap aplikasi telah dilog keluar, dan tiada sesiapa boleh log masuk.
letter-resumed-subject = Akaun anda boleh digunakan semula
letter-resumed = Akaun anda tidak lagi digantung. Log masuk seperti biasa, dan benarkan semula setiap aplikasi yang anda gunakan.
letter-role-subject = Peranan anda telah berubah
letter-role = Apa yang boleh anda lakukan untuk akaun lain telah berubah.
letter-password-changed-subject = Kata laluan anda telah ditukar
letter-password-changed = Kata laluan akaun anda telah ditukar. Setiap aplikasi dan setiap pelayar lain telah dilog keluar, dan setiap aplikasi perlu dibenarkan semula.
letter-password-reset-subject = Kata laluan anda telah ditetapkan semula
letter-password-reset = Kata laluan akaun anda telah diganti dengan yang baharu. Setiap aplikasi dan setiap pelayar telah dilog keluar, dan setiap aplikasi perlu dibenarkan semula.
letter-factor-added-subject = Faktor kedua telah ditambah
letter-factor-added = Akaun anda mempunyai faktor kedua yang baharu. Sesiapa yang memilikinya boleh menggunakannya untuk log masuk.
letter-factor-removed-subject = Faktor kedua telah dibuang
letter-factor-removed = Satu faktor kedua akaun anda telah dibuang. Faktor itu tidak diterima lagi.
letter-factors-gone-subject = Akaun anda tidak lagi mempunyai faktor kedua
letter-factors-gone = Faktor kedua yang terakhir bagi akaun anda telah dibuang. Setiap aplikasi telah dilog keluar, dan tiada satu pun boleh dibenarkan sehingga anda menambah faktor kedua.
letter-codes-made-subject = Kod pemulihan baharu telah dibuat
letter-codes-made = Akaun anda mempunyai kod pemulihan baharu. Kod yang lama tidak berfungsi lagi.
letter-code-used-subject = Satu kod pemulihan telah digunakan
letter-code-used = Satu kod pemulihan akaun anda telah digunakan sebagai ganti faktor kedua yang lain.
letter-made-subject = Kata laluan aplikasi baharu telah dibuat: { $label }
letter-made = Akaun anda mempunyai kata laluan aplikasi baharu. Sesiapa yang memilikinya boleh membuka apa yang ditetapkan untuknya, dan tidak lebih daripada itu.
letter-authorised-subject = Sebuah aplikasi telah dibenarkan: { $label }
letter-authorised = Sebuah aplikasi kini boleh membuka akaun anda, seperti yang anda benarkan. Ia tidak memiliki kata laluan anda.
letter-removed-subject = Sebuah aplikasi telah dibuang: { $label }
letter-removed = Aplikasi yang pernah anda benarkan telah dibuang daripada akaun anda. Ia telah dilog keluar, dan hanya kembali jika anda membenarkannya semula.
letter-revoked-subject = Kata laluan aplikasi telah dibatalkan: { $label }
letter-revoked = Satu kata laluan aplikasi anda telah dibatalkan. Aplikasi yang menggunakannya telah dilog keluar, dan kata laluan itu tidak akan diterima lagi buat selama-lamanya.
letter-all-revoked-subject = Kata laluan aplikasi anda telah dibatalkan
letter-all-revoked = { $count ->
   *[other] { $count } kata laluan aplikasi anda telah dibatalkan. Aplikasi yang menggunakannya telah dilog keluar.
}
letter-all-removed-subject = Aplikasi yang anda benarkan telah dibuang
letter-all-removed = { $apps ->
   *[other] { $apps } aplikasi yang pernah anda benarkan telah dibuang dan dilog keluar.
}
letter-all-ended-subject = Kata laluan aplikasi anda telah dibatalkan, dan aplikasi yang anda benarkan telah dibuang
letter-expired-subject = Kata laluan aplikasi telah tamat tempoh: { $label }
letter-expired = Tempoh satu kata laluan aplikasi anda sudah tamat. Aplikasi yang menggunakannya telah dilog keluar.
letter-expires-soon-subject = { $days ->
   *[other] Kata laluan aplikasi akan tamat tempoh dalam { $days } hari: { $label }
}
letter-expires-soon = Satu kata laluan aplikasi anda tidak lama lagi akan berhenti berfungsi. Selepas itu, aplikasi yang menggunakannya akan dilog keluar.
letter-tried-subject = Kata laluan aplikasi yang sudah tamat masih dicuba: { $label }
letter-tried = Masih ada sesuatu yang cuba log masuk dengan kata laluan aplikasi anda yang sudah tamat. Setiap cubaan ditolak.
letter-removed-tried-subject = Aplikasi yang sudah dibuang masih cuba masuk: { $label }
letter-removed-tried = Aplikasi yang pernah anda benarkan masih cuba log masuk walaupun sudah dibuang. Setiap cubaan ditolak.
letter-browser-subject = Akaun anda dibuka dengan pelayar baharu
letter-browser = Seseorang telah log masuk ke akaun anda dengan pelayar yang belum pernah digunakan untuk akaun ini.
letter-removal-asked-subject = Faktor kedua anda akan dibuang
letter-removal-asked = Kakitangan pelayan ini diberitahu bahawa anda kehilangan faktor kedua anda, dan telah meminta supaya semuanya dibuang. Ketika itu tiada aplikasi dapat masuk lagi.
letter-removal-stopped-subject = Faktor kedua anda dikekalkan
letter-removal-stopped = Rancangan untuk membuang faktor kedua anda telah dihentikan. Tiada apa-apa yang dibuang.
letter-address-changed-subject = Makluman tentang akaun anda kini dihantar ke alamat lain
letter-address-changed = Mulai sekarang, makluman tentang akaun anda dihantar ke alamat baharu. Alamat lama menerima e-mel ini, dan selepas ini tiada lagi.
letter-address-given-subject = Adakah ini alamat anda?
letter-address-given = Seseorang mahu makluman tentang sebuah akaun dihantar ke alamat ini. Jika itu anda, ikut pautan ini.
letter-link-address = Ya, hantar makluman ke sini
letter-invited-subject = Akaun anda di { $site }
letter-invited = Ada akaun untuk anda. Ikut pautan ini untuk memilih kata laluan dan bermula.
letter-link-invited = Mula
letter-reset-subject = Pilih kata laluan baharu
letter-reset = Seseorang meminta supaya kata laluan akaun anda yang terlupa diganti. Jika itu anda, ikut pautan ini; anda juga memerlukan faktor kedua jika anda memilikinya.
letter-link-reset = Pilih kata laluan baharu
letter-registration-subject = Selesaikan pembuatan akaun anda di { $site }
letter-registration = Seseorang mahu membuat akaun dan memberikan alamat ini untuk makluman. Jika itu anda, ikut pautan ini untuk memilih kata laluan.
letter-link-registration = Buat akaun
letter-failures-subject = Apa yang gagal semalam di { $site }
letter-failures = Perkara berikut tidak berjalan lancar semalam (UTC), atau menunggu tindakan anda.
letter-failed-letters = { $count ->
   *[other] { $count } e-mel tidak dapat dihantar dalam masa tiga hari.
}
letter-failed-sign-outs = { $count ->
   *[other] { $count } log keluar di pelayan lain tidak dapat dilakukan: sesi di sana mungkin masih berjalan.
}
letter-failed-tried = { $count ->
   *[other] { $count } akaun mempunyai aplikasi yang masih mencuba kata laluan aplikasi yang sudah tamat.
}
letter-failed-primary = { $count ->
   *[other] { $count } aplikasi menghantar kata laluan seseorang sendiri sebagai ganti kata laluan aplikasi.
}
letter-failed-removals = { $count ->
   *[other] { $count } akaun akan kehilangan faktor keduanya kerana kakitangan memintanya.
}
letter-failed-suspended = { $count ->
   *[other] { $count } akaun telah digantung.
}

# Yang perlu diketahui sebelum dan selepas
change-before-browsers = Setiap pelayar lain dilog keluar, dan tiada pelayar dipercayai lagi.
other-browsers-out = Setiap pelayar lain telah dilog keluar.
new-codes-before = Kod yang anda ada sekarang terus tidak berfungsi. Kod baharu ditunjukkan sekali sahaja: sediakan pencetak atau kertas.
error-taken = Nama ini sudah diambil
error-taken-text = Seseorang sudah memilikinya. Minta akaun sekali lagi, dengan nama lain.
name-missing = Beri nama yang anda kenali.
wait-minutes = { $minutes ->
   *[other] Terlalu banyak percubaan. Cuba lagi dalam { $minutes } minit.
}

# Aplikasi yang dibenarkan dengan akaun, tanpa kata laluan aplikasi
authorised-apps = Aplikasi yang dibenarkan
authorised-lead = Aplikasi yang anda benarkan masuk dengan akaun anda. Ia tidak memerlukan kata laluan aplikasi.
authorised-empty-title = Belum ada aplikasi yang dibenarkan
authorised-empty = Sesetengah aplikasi membawa anda ke halaman ini untuk log masuk, dan tidak meminta kata laluan aplikasi. Aplikasi yang anda benarkan disenaraikan di sini, dan anda boleh membuangnya pada bila-bila masa.
home-authorised = { $count ->
    [0] Anda belum membenarkan sebarang aplikasi tanpa kata laluan aplikasi.
   *[other] Anda telah membenarkan { $count } aplikasi tanpa kata laluan aplikasi.
}
remove-app-title = Buang “{ $label }”?
remove-app-connected = { $count ->
    [0] Ia tidak bersambung sekarang. Ia tidak boleh masuk sehingga anda membenarkannya semula.
   *[other] Ia dilog keluar serta-merta ({ $count } sambungan), dan tidak boleh masuk sehingga anda membenarkannya semula.
}
ask-remove-app-connected = { $count ->
    [0] Ia tidak bersambung sekarang. Ia tidak boleh masuk sehingga pemiliknya membenarkannya semula.
   *[other] Ia dilog keluar serta-merta ({ $count } sambungan), dan tidak boleh masuk sehingga pemiliknya membenarkannya semula.
}
account-authorised = { $count ->
    [0] Tiada aplikasi dibenarkan.
   *[other] { $count } aplikasi dibenarkan.
}
app-name = Nama aplikasi
app-name-checked = Diberi oleh pengendali pelayan ini
app-name-unchecked = Tiada sesiapa telah menyemaknya: aplikasi itu menamakan dirinya begitu
ended-removed = Dibuang
app-removed = “{ $label }” telah dibuang.
consent-title = Benarkan “{ $label }” masuk?
consent-lead = Aplikasi ini meminta untuk menggunakan akaun { $login }.
consent-unverified = Tiada sesiapa telah menyemak nama ini: aplikasi itu menamakan dirinya begitu. Benarkan hanya jika anda sendiri baru sahaja memulakannya.
consent-opens = Ia akan dapat membuka
consent-opens-nothing = Ia tidak akan dapat membuka apa-apa milik anda
consent-openid = Ia mengetahui siapa anda: { $login }.
consent-offline = Ia boleh berbuat demikian sehingga anda membuangnya di bawah Aplikasi yang dibenarkan.
consent-once = Ia boleh berbuat demikian selama satu jam.
consent-never = Ia tidak akan mengetahui kata laluan anda, dan tidak boleh mengubah akaun anda.
consent-back = Selepas itu anda kembali ke { $host }.
consent-back-here = Selepas itu anda kembali ke aplikasi pada peranti ini ({ $host }).
too-many-apps = Anda sudah membenarkan { $max } aplikasi, dan tiada sesiapa boleh mempunyai lebih daripada itu. Buang satu yang tidak lagi anda gunakan di bawah “{ authorised-apps }”, kemudian benarkan yang ini.
allow = Benarkan
deny = Tolak
back-to-app = Kembali ke “{ $label }”
back-to-app-text = Anda telah log masuk. Jika tiada apa-apa berlaku, teruskan sendiri.
doubtful-app = “{ $label }” tidak boleh dibenarkan masuk dengan cara ini
doubtful-app-text = Aplikasi itu meminta sesuatu yang tidak boleh diberikan. Tiada apa-apa dibuka. Tiada sesiapa telah menyemak aplikasi ini atau laman webnya { $host }: pergi ke sana hanya jika anda sendiri baru sahaja memulakannya.
stay-here = Kekal di sini
go-on-to = Pergi ke { $host }
for-makers = Untuk pembuat aplikasi:
error-app = Aplikasi ini tidak boleh dibenarkan masuk
error-app-text = Ia tidak dikenali di sini, atau ia mahu menghantar anda ke alamat yang bukan miliknya. Tiada apa-apa dibuka. Mulakan semula dalam aplikasi itu; jika masih begitu, tanya pembuatnya.

# Aplikasi yang dimulakan di tempat lain: pada peranti tanpa pelayar, atau untuk mendapat kata laluan aplikasinya sendiri
device-title = Benarkan peranti masuk
device-lead = Televisyen, terminal atau peranti lain tanpa pelayar menunjukkan satu kod. Dengan kod itu anda membenarkan aplikasinya menggunakan akaun { $login }.
device-code = Kod pada peranti
device-code-hint = Lapan huruf, contohnya WDJB-MJHT. Huruf besar dan tanda sempang tidak penting.
device-code-compare = Pautan itu telah mengisinya. Teruskan hanya jika peranti anda menunjukkan kod yang sama.
device-code-wrong = Kod ini tidak betul, pernah digunakan, atau sudah lebih daripada sepuluh minit. Lihat peranti itu sekali lagi, atau minta peranti itu menunjukkan kod baharu.
begun-question = Adakah anda sendiri yang baru sahaja memulakannya?
begun-at = Dimulakan
begun-from = Dari
begun-agent = Aplikasi itu menamakan dirinya
begun-from-here = { $network }, sama seperti pelayar ini
begun-from-elsewhere = { $network }, sedangkan pelayar ini berada di tempat lain
begun-from-somewhere = Alamat { $network }
begun-from-unknown = Alamat yang tidak diketahui
begun-warning = Jika seseorang menghantar anda ke sini atau memberi anda kod, tolaklah: jika tidak, orang itu akan dapat masuk ke akaun anda.
begun-allow = Ya, benarkan
device-allowed = “{ $label }” dibenarkan masuk
device-allowed-text = Kembali ke peranti itu: ia akan meneruskan sendiri sebentar lagi. Anda boleh membuang aplikasi itu pada bila-bila masa di bawah Aplikasi yang dibenarkan.
flow-title = Buat kata laluan aplikasi untuk “{ $label }”?
flow-lead = Aplikasi itu telah membuka halaman ini. Ia mendapat kata laluan aplikasinya sendiri untuk akaun { $login }, dan anda tidak perlu menaip apa-apa ke dalamnya.
flow-allowed = “{ $label }” mendapat kata laluan aplikasinya
flow-allowed-text = Kembali ke aplikasi itu: ia akan meneruskan sendiri sebentar lagi. Anda boleh membatalkan kata laluan aplikasi itu pada bila-bila masa di bawah Kata laluan aplikasi.
denied-app = “{ $label }” tidak dibenarkan masuk
denied-app-text = Aplikasi itu tidak mendapat apa-apa. Jika bukan anda yang memulakannya, tiada apa-apa lagi yang perlu dibuat.
error-approval = Aplikasi ini tidak menunggu lagi
error-approval-text = Ia sudah dijawab, atau lebih daripada sepuluh minit telah berlalu. Mulakan semula dalam aplikasi itu.
