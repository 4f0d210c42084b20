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
never-yet = Belum lagi
cancel = Tidak jadi
back = Kembali
go-on = Teruskan
exact-time = { $time } UTC

# Log masuk
sign-in = Log masuk
sign-in-lead = Ke akaun anda di { $site }.
login-name = Nama log masuk
login-name-hint = Contohnya ada atau ada@example.org
password = Kata laluan
your-password = Kata laluan anda
password-for = Untuk { $login }.
password-other = Nama log masuk lain
sign-in-app-title = Ada aplikasi yang meminta kata laluan?
sign-in-app = Setiap aplikasi e-mel, kalendar dan kenalan anda memerlukan kata laluan aplikasi sendiri. Log masuk di sini dan buat satu; seminit sahaja.
wrong-password = Nama log masuk atau kata laluan salah. Semak kedua-duanya, dan juga kekunci Caps Lock.
login-missing = Taip nama log masuk anda.
password-missing = Taip kata laluan anda.
second-factor = Satu langkah lagi
second-factor-lead = Tunjukkan bahawa ini memang anda: buka aplikasi pengesah anda dan taip enam digit yang dipaparkannya untuk { $site }.
second-factor-any = Tunjukkan bahawa ini anda.
code = Kod daripada aplikasi
code-hint = Enam digit
recovery-code = Kod pemulihan
recovery-code-hint = Salah satu kod yang anda simpan. Setiap kod boleh digunakan sekali sahaja.
use-recovery-code = Guna kod pemulihan
use-factor = Guna faktor kedua anda
wrong-code = Kod ini salah, pernah digunakan atau sudah terlalu lama. Tunggu kod yang berikutnya dan taip kod itu.
wrong-recovery-code = Kod pemulihan ini salah atau pernah digunakan. Cuba kod yang lain.
wait-a-little = { $seconds ->
   *[other] Terlalu banyak percubaan. Cuba lagi dalam masa { $seconds } saat.
}
session-over = Anda tidak lagi log masuk. Sila log masuk semula; apa yang sudah anda buat tidak hilang.
step-up = Adakah ini masih anda?
step-up-lead = Langkah ini melibatkan kata laluan anda, jadi tunjukkan faktor kedua anda sekali lagi. Pengesahan ini sah selama sepuluh minit.
signed-out = Anda sudah log keluar.

# Laman utama
hello = Selamat datang, { $name }
home-app-passwords = Satu untuk setiap aplikasi yang membaca e-mel, kalendar atau kenalan anda.
home-connected = { $count ->
    [0] Tiada aplikasi yang bersambung.
   *[other] { $count } aplikasi sedang bersambung.
}
home-security = Kata laluan, faktor kedua dan pelayar yang log masuk ke akaun anda.
home-no-factor-title = Tambah faktor kedua dahulu
home-no-factor = Kata laluan aplikasi memerlukannya: dengan itu, orang yang tahu kata laluan anda tetap tidak dapat membuatnya.
add-authenticator = Tambah aplikasi pengesah

# Kata laluan aplikasi
app-passwords-lead = Setiap aplikasi mendapat kata laluan sendiri, yang hanya membuka apa yang diperlukan oleh aplikasi itu.
in-use = daripada { $max } digunakan
new-app-password = Kata laluan aplikasi baharu
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
scope-mail-send = Hantar e-mel sahaja
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
label-missing = Berikan nama, supaya nanti anda tahu kata laluan ini untuk aplikasi yang mana.
label-long = Nama ini terlalu panjang: paling banyak { $max } aksara.
label-characters = Nama tidak boleh mengandungi pemisah baris atau aksara yang tidak kelihatan.
opens = Apakah yang boleh dibukanya?
scope-mail-hint = Baca, hantar dan tapis e-mel
scope-contacts-hint = Buku alamat
scope-calendars-hint = Janji temu dan tugasan
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
revoke-all-connected = { $count ->
    [0] Tiada aplikasi yang bersambung sekarang.
   *[other] { $count } sambungan akan ditutup serta-merta.
}
revoke-all-text = { $count ->
   *[other] { $count } kata laluan aplikasi tidak akan diterima lagi buat selama-lamanya.
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

# Sejarah
history-lead = Kata laluan aplikasi yang tidak berfungsi lagi.
history-empty = Belum ada yang dibatalkan atau tamat tempoh.
ended-revoked = Dibatalkan
ended-expired = Tamat tempoh
why-asked = Anda membatalkannya.
why-all-asked = Anda membatalkan semuanya.
why-password-changed = Anda menukar kata laluan anda.
why-password-reset = Kata laluan anda ditetapkan semula.
why-second-factor-removed = Faktor kedua yang terakhir dibuang.
why-suspended = Akaun anda digantung.
why-deleted = Akaun itu dipadamkan.
why-expired = Tempohnya sudah tamat.

# Sedang bersambung
connected-lead = Aplikasi yang sedang log masuk ke akaun anda pada saat ini.
connected-empty = Tiada aplikasi yang bersambung. Apabila ada yang log masuk, anda akan melihatnya di sini.
connected-since = Sejak
connected-from = Dari
connected-by = Oleh
unknown-app = Aplikasi tidak dikenali
sign-out-app = Log keluar
app-signed-out = Aplikasi itu sudah dilog keluar. Aplikasi itu boleh log masuk semula dengan kata laluan aplikasinya; batalkan kata laluan itu untuk menghalangnya.
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
passwords-differ = Kedua-dua kata laluan baharu itu tidak sama. Taip kedua-duanya sekali lagi.
old-wrong = Ini bukan kata laluan lama anda.
password-changed = Kata laluan anda sudah ditukar.
password-changed-next = Buat kata laluan aplikasi baharu untuk setiap aplikasi yang masih anda gunakan.
second-factors = Faktor kedua
second-factors-lead = Apa yang anda tunjukkan selain kata laluan anda.
no-second-factor = Anda belum ada faktor kedua. Tanpanya, anda tidak boleh mempunyai kata laluan aplikasi.
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
remove-factor = Anda tidak akan diminta kodnya lagi.
remove-last-factor = { $count ->
    [0] Ini faktor kedua anda yang terakhir. Tanpanya, anda tidak boleh mempunyai kata laluan aplikasi.
   *[other] Ini faktor kedua anda yang terakhir: { $count } kata laluan aplikasi anda tidak akan berfungsi lagi, dan setiap pelayar lain dilog keluar.
}
factor-removed = Faktor kedua sudah dibuang.
codes-title = Kod pemulihan anda
codes-lead = Setiap kod membolehkan anda log masuk sekali, jika telefon anda tiada. Cetak atau salin kod ini pada kertas; kod ini dipaparkan sekarang sahaja.
print = Cetak
codes-done = Saya sudah menyimpannya

# Apabila ada yang tidak kena
error-title = Tidak berjaya
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
make-passkey = Cipta kunci laluan
passkey-added = Kunci laluan telah ditambah.
passkey-about = Telefon, komputer atau kunci keselamatan anda mengesahkan bahawa ini anda. Cara paling selamat dan paling pantas.
authenticator-about = Sebuah aplikasi pada telefon anda menunjukkan enam digit untuk ditaip.
passkey-needs-script = Kunci laluan memerlukan skrip, yang dimatikan dalam pelayar ini.
wrong-passkey = Kunci laluan itu tidak diterima. Cuba lagi, atau log masuk dengan cara lain.
passkey-not-made = Tiada kunci laluan dicipta. Cuba lagi, atau tambah aplikasi pengesah.
too-many-factors = Anda sudah mempunyai bilangan faktor kedua yang dibenarkan. Buang satu dahulu.
trust-browser = { $days ->
   *[other] Percayai pelayar ini: jangan tanya lagi di sini selama { $days } hari
}
trusted-browsers = Pelayar yang dipercayai
trusted-browsers-lead = Di sini anda hanya ditanya kata laluan, selagi anda tidak mengubah kata laluan anda.
trusted-until = Dipercayai hingga
end-trust = Tamatkan kepercayaan
trust-ended = Pelayar itu akan ditanya faktor kedua semula.
rename = Namakan semula
factor-name-hint = Nama yang anda kenali, contohnya Telefon
factor-renamed = Faktor kedua itu mempunyai nama baharu.
factors-removal = Pentadbir meminta semua faktor kedua anda dibuang. Ini akan berlaku
factors-removal-text = Semua kata laluan aplikasi anda akan berhenti berfungsi. Jika anda tidak kehilangan faktor kedua anda, hentikannya: mungkin seseorang menyamar sebagai anda.
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
name-wrong = Nama mempunyai paling banyak 200 aksara, tanpa baris baharu.
choose-password = Pilih kata laluan
choose-password-again = Kata laluan yang sama sekali lagi
notice-address = Alamat untuk makluman
notice-address-hint = Peti mel anda yang lain, bukan yang ini. Kami menulis ke sana apabila sesuatu berlaku pada akaun anda, atau anda terlupa kata laluan.
address-wrong = Ini bukan alamat mel. Contohnya ada@example.net.
address-own = Ini peti mel akaun ini sendiri. Pilih yang lain: anda tidak dapat membacanya apabila anda terkunci di luar.
welcome = Satu langkah lagi
welcome-lead = Kata laluan anda telah ditetapkan. Sekarang tambah faktor kedua: dengannya, sesiapa yang mengetahui kata laluan anda tetap tidak dapat masuk. Anda memerlukannya untuk membuat kata laluan aplikasi.
later = Nanti
register = Buat akaun
register-lead = Di { $site }.
register-login-hint = Yang berada sebelum @, contohnya ada
register-sent = Sepucuk surat sedang dihantar ke { $address }. Ikut pautan di dalamnya dalam masa 24 jam.
letter-title = Lihat peti mel anda
login-name-wrong = Ini tidak boleh menjadi nama log masuk. Guna huruf, digit, titik dan tanda sempang.
login-name-taken = Nama log masuk ini sudah diambil. Pilih yang lain.
have-account = Saya sudah ada akaun

# Kata laluan yang dilupakan
forgot = Terlupa kata laluan?
forgot-lead = Kami menghantar pautan ke alamat makluman anda. Anda juga memerlukan faktor kedua atau kod pemulihan.
forgot-sent = Jika { $login } ialah akaun dan mempunyai alamat makluman, sebuah pautan sedang dihantar ke sana. Ia sah selama satu jam.
send-letter = Hantar pautan
staff-code = Kod daripada pentadbir
staff-code-hint = Jika anda tiada alamat makluman, mintalah satu. Contohnya abcd-efgh-ijkl-mnop.
staff-code-wrong = Kod ini salah, sudah digunakan, atau terlalu lama. Minta yang baharu.
back-to-sign-in = Kembali ke log masuk
reset-title = Pilih kata laluan baharu
reset-before = Semua kata laluan aplikasi anda akan berhenti berfungsi, dan setiap pelayar dilog keluar. Faktor kedua anda kekal.
set-password = Tetapkan kata laluan baharu
reset-done = Kata laluan anda telah ditukar
error-link = Pautan ini tidak sah lagi
error-link-text = Ia sudah digunakan, atau tempohnya sudah tamat. Minta yang baharu daripada pengirimnya.
