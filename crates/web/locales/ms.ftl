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
code = Kod daripada aplikasi
code-hint = Enam digit
recovery-code = Kod pemulihan
recovery-code-hint = Salah satu kod yang anda simpan. Setiap kod boleh digunakan sekali sahaja.
use-recovery-code = Guna kod pemulihan
use-code = Guna aplikasi pengesah
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
   *[other] Ini faktor kedua anda yang terakhir: { $count } kata laluan aplikasi anda tidak akan berfungsi lagi, dan anda dilog keluar di semua tempat.
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

# Surat
letter-hello = Salam { $name },
letter-hello-nobody = Salam sejahtera,
letter-was-you = Adakah ini anda?
letter-was-you-text = Jika ya, tiada apa-apa yang perlu dibuat.
letter-not-you = Bukan anda?
letter-not-you-revoke = Log masuk ke portal, batalkan kata laluan aplikasi ini, kemudian tukar kata laluan anda.
letter-not-you-password = Log masuk ke portal, tukar kata laluan anda, dan semak faktor kedua serta pelayar yang log masuk. Jika anda tidak dapat log masuk lagi, beritahu pengendali pelayan dengan segera.
letter-not-you-factor = Log masuk ke portal, buang apa yang anda tidak kenali di bahagian Keselamatan, kemudian tukar kata laluan anda.
letter-not-you-removal = Log masuk ke portal dan hentikannya di bahagian Keselamatan. Dengan itu, tiada apa-apa yang dibuang.
letter-not-you-ignore = Abaikan surat ini: tanpa pautan itu, tiada apa-apa yang berlaku.
letter-next = Apa yang perlu dibuat
letter-next-contact = Jika anda tidak menjangkakan perkara ini, tanya pengendali pelayan.
letter-next-app = Jika ada aplikasi yang masih memerlukannya, buat kata laluan aplikasi baharu untuk aplikasi itu. Jika anda tidak tahu aplikasi yang mana, tiada apa-apa yang perlu dibuat.
letter-next-new = Buat kata laluan aplikasi baharu dan masukkannya dalam aplikasi itu sebagai ganti.
letter-next-tried = Cari peranti atau aplikasi yang masih menyimpannya. Buang akaun di situ, atau beri kata laluan aplikasi baharu. Jika anda tidak mengenalinya, mungkin orang lain menyimpannya: kata laluan itu tidak lagi membuka apa-apa.
letter-next-failures = Log audit menyimpan setiap satu daripadanya, dengan masa dan akaunnya.
letter-open-app-passwords = Lihat kata laluan aplikasi saya
letter-open-security = Lihat tetapan keselamatan saya
letter-open-portal = Buka portal
letter-type-address = Atau taip sendiri alamat ini: { $address }
letter-link-until = Pautan ini boleh digunakan sekali sahaja, sehingga { $time }.
letter-never = Kami tidak pernah menulis kata laluan dalam surat, dan tidak pernah meminta kata laluan anda melalui e-mel.
letter-fact-app-password = Kata laluan aplikasi
letter-fact-factor = Faktor kedua
letter-fact-when = Masa
letter-fact-due = Dijadualkan pada
letter-fact-from = Dari
letter-fact-client = Dengan
letter-fact-service = Melalui
letter-fact-by = Oleh
letter-fact-why = Sebab
letter-fact-role = Peranan
letter-fact-login = Nama log masuk
letter-fact-address = Alamat baharu
letter-by-owner = Anda, atau seseorang yang log masuk sebagai anda
letter-by-staff = Seorang pentadbir
letter-by-operator = Pengendali pelayan
letter-by-server = Pelayan itu sendiri
letter-role-administrator = Pentadbir
letter-role-helpdesk = Meja bantuan
letter-role-auditor = Juruaudit
letter-role-none = Tiada
letter-suspended-subject = Akaun anda digantung
letter-suspended = Akaun anda telah digantung. Kata laluan aplikasinya dibatalkan, dan tiada siapa yang boleh log masuk.
letter-resumed-subject = Akaun anda boleh digunakan semula
letter-resumed = Akaun anda tidak lagi digantung. Log masuk seperti biasa, dan buat kata laluan aplikasi baharu untuk setiap aplikasi yang anda gunakan.
letter-role-subject = Peranan anda telah berubah
letter-role = Apa yang boleh anda lakukan untuk akaun lain telah berubah.
letter-password-changed-subject = Kata laluan anda telah ditukar
letter-password-changed = Kata laluan akaun anda telah ditukar. Semua kata laluan aplikasi dibatalkan, dan semua pelayar lain telah dilog keluar.
letter-password-reset-subject = Kata laluan anda telah ditetapkan semula
letter-password-reset = Kata laluan akaun anda telah diganti dengan yang baharu. Semua kata laluan aplikasi dibatalkan, dan semua pelayar telah dilog keluar.
letter-factor-added-subject = Faktor kedua telah ditambah
letter-factor-added = Akaun anda mempunyai faktor kedua yang baharu. Sesiapa yang memilikinya boleh log masuk dengannya, bersama kata laluan anda.
letter-factor-removed-subject = Faktor kedua telah dibuang
letter-factor-removed = Satu faktor kedua akaun anda telah dibuang. Faktor itu tidak diterima lagi.
letter-factors-gone-subject = Akaun anda tidak lagi mempunyai faktor kedua
letter-factors-gone = Faktor kedua yang terakhir bagi akaun anda telah dibuang. Kata laluan aplikasi anda dibatalkan, dan yang baharu tidak boleh dibuat sehingga anda menambah faktor kedua.
letter-codes-made-subject = Kod pemulihan baharu telah dibuat
letter-codes-made = Akaun anda mempunyai kod pemulihan baharu. Kod yang lama tidak berfungsi lagi.
letter-code-used-subject = Satu kod pemulihan telah digunakan
letter-code-used = Satu kod pemulihan akaun anda telah digunakan sebagai ganti faktor kedua yang lain.
letter-made-subject = Kata laluan aplikasi baharu telah dibuat: { $label }
letter-made = Akaun anda mempunyai kata laluan aplikasi baharu. Sesiapa yang memilikinya boleh membuka apa yang ditetapkan untuknya, dan tidak lebih daripada itu.
letter-revoked-subject = Kata laluan aplikasi telah dibatalkan: { $label }
letter-revoked = Satu kata laluan aplikasi anda telah dibatalkan. Aplikasi yang menggunakannya telah dilog keluar, dan kata laluan itu tidak akan diterima lagi buat selama-lamanya.
letter-all-revoked-subject = Kata laluan aplikasi anda telah dibatalkan
letter-all-revoked = { $count ->
   *[other] { $count } kata laluan aplikasi anda telah dibatalkan. Aplikasi yang menggunakannya telah dilog keluar.
}
letter-expired-subject = Kata laluan aplikasi telah tamat tempoh: { $label }
letter-expired = Tempoh satu kata laluan aplikasi anda sudah tamat. Aplikasi yang menggunakannya telah dilog keluar.
letter-expires-soon-subject = { $days ->
   *[other] Kata laluan aplikasi akan tamat tempoh dalam { $days } hari: { $label }
}
letter-expires-soon = Satu kata laluan aplikasi anda tidak lama lagi akan berhenti berfungsi. Selepas itu, aplikasi yang menggunakannya akan dilog keluar.
letter-tried-subject = Kata laluan aplikasi yang sudah tamat masih dicuba: { $label }
letter-tried = Masih ada sesuatu yang cuba log masuk dengan kata laluan aplikasi anda yang sudah tamat. Setiap cubaan ditolak.
letter-browser-subject = Akaun anda dibuka dalam pelayar baharu
letter-browser = Seseorang telah log masuk ke akaun anda dengan kata laluan dan faktor kedua anda, dalam pelayar yang belum pernah kami lihat.
letter-removal-asked-subject = Faktor kedua anda akan dibuang
letter-removal-asked = Seorang pentadbir diberitahu bahawa anda kehilangan faktor kedua anda, dan telah meminta supaya semuanya dibuang. Kata laluan aplikasi anda akan turut dibatalkan.
letter-removal-stopped-subject = Faktor kedua anda dikekalkan
letter-removal-stopped = Rancangan untuk membuang faktor kedua anda telah dihentikan. Tiada apa-apa yang dibuang.
letter-address-changed-subject = Notis tentang akaun anda kini dihantar ke alamat lain
letter-address-changed = Mulai sekarang, notis tentang akaun anda dihantar ke alamat baharu. Alamat lama menerima surat ini, dan selepas ini tiada lagi.
letter-address-given-subject = Adakah ini alamat anda?
letter-address-given = Seseorang mahu notis tentang sebuah akaun dihantar ke alamat ini. Jika itu anda, ikut pautan ini.
letter-link-address = Ya, hantar notis ke sini
letter-invited-subject = Akaun anda di { $site }
letter-invited = Ada akaun untuk anda. Ikut pautan ini untuk memilih kata laluan dan bermula.
letter-link-invited = Mula
letter-reset-subject = Pilih kata laluan baharu
letter-reset = Seseorang meminta supaya kata laluan akaun anda yang terlupa diganti. Jika itu anda, ikut pautan ini; anda juga memerlukan faktor kedua jika anda memilikinya.
letter-link-reset = Pilih kata laluan baharu
letter-registration-subject = Selesaikan pembuatan akaun anda di { $site }
letter-registration = Seseorang mahu membuat akaun dan memberikan alamat ini untuk notis. Jika itu anda, ikut pautan ini untuk memilih kata laluan.
letter-link-registration = Buat akaun
letter-failures-subject = Apa yang gagal semalam di { $site }
letter-failures = Perkara berikut tidak berjalan lancar semalam (UTC), atau menunggu tindakan anda.
letter-failed-letters = { $count ->
   *[other] { $count } surat tidak dapat dihantar dalam masa tiga hari.
}
letter-failed-tried = { $count ->
   *[other] { $count } akaun mempunyai aplikasi yang masih mencuba kata laluan aplikasi yang sudah tamat.
}
letter-failed-primary = { $count ->
   *[other] { $count } kali aplikasi menghantar kata laluan seseorang sendiri sebagai ganti kata laluan aplikasi.
}
letter-failed-removals = { $count ->
   *[other] { $count } akaun akan kehilangan faktor keduanya kerana pentadbir memintanya.
}
letter-failed-suspended = { $count ->
   *[other] { $count } akaun telah digantung.
}
