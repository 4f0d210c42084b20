# البوابة بالعربية. كل جملة تقول ما المطلوب أو ما الذي حدث، ولمن، وكم العدد.
# الأسماء (على يسار =) والمتغيرات ({ $… }) تبقى كما هي؛ وما عدا ذلك يُكتب كما يتكلم الناس.

language = العربية
product = Valetkey

# حول كل صفحة
skip = الانتقال إلى المحتوى
help = المساعدة
sign-out = تسجيل الخروج
nav-account = حسابك
nav-help = المساعدة وتسجيل الخروج
home = الرئيسية
app-passwords = كلمات مرور التطبيقات
connected = المتصل الآن
security = الأمان
languages = اللغات
foot-site = حسابات { $site }.
foot-contact = هل من مشكلة؟ تواصل مع
copy = نسخ
copied = تم النسخ
never = لم تُستخدم قط
never-yet = ليس بعد
cancel = تراجع
back = رجوع
go-on = متابعة
exact-time = { $time } بالتوقيت العالمي المنسق

# تسجيل الدخول
sign-in = تسجيل الدخول
sign-in-lead = إلى حسابك في { $site }.
login-name = اسم الدخول
login-name-hint = مثل ada أو ada@example.org
password = كلمة المرور
your-password = كلمة مرورك
password-for = للحساب { $login }.
password-other = اسم دخول آخر
sign-in-app-title = هل يطلب منك تطبيق كلمة مرور؟
sign-in-app = يحتاج كل تطبيق تستخدمه للبريد أو التقويم أو جهات الاتصال إلى كلمة مرور خاصة به. سجّل الدخول هنا وأنشئ واحدة؛ لن يستغرق ذلك سوى دقيقة.
wrong-password = اسم الدخول أو كلمة المرور غير صحيحة. تحقق منهما، ومن مفتاح Caps Lock أيضًا.
login-missing = اكتب اسم الدخول.
password-missing = اكتب كلمة مرورك.
second-factor = خطوة أخرى
second-factor-lead = أثبت أن هذا أنت: افتح تطبيق المصادقة واكتب الأرقام الستة التي يعرضها للموقع { $site }.
second-factor-any = أثبت أنك أنت.
code = الرمز من التطبيق
code-hint = ستة أرقام
recovery-code = رمز الاسترداد
recovery-code-hint = أحد الرموز التي احتفظت بها. يصلح كل رمز مرة واحدة.
use-recovery-code = استخدام رمز استرداد بدلًا من ذلك
use-factor = استخدم عاملك الثاني بدلًا منه
wrong-code = هذا الرمز غير صحيح، أو سبق استخدامه، أو مضى وقته. انتظر الرمز التالي واكتبه.
wrong-recovery-code = رمز الاسترداد هذا غير صحيح أو سبق استخدامه. جرّب رمزًا آخر.
wait-a-little = { $seconds ->
    [zero] محاولات كثيرة جدًا. حاول مرة أخرى الآن.
    [one] محاولات كثيرة جدًا. حاول مرة أخرى بعد ثانية واحدة.
    [two] محاولات كثيرة جدًا. حاول مرة أخرى بعد ثانيتين.
    [few] محاولات كثيرة جدًا. حاول مرة أخرى بعد { $seconds } ثوانٍ.
    [many] محاولات كثيرة جدًا. حاول مرة أخرى بعد { $seconds } ثانية.
   *[other] محاولات كثيرة جدًا. حاول مرة أخرى بعد { $seconds } ثانية.
}
session-over = انتهت جلستك. سجّل الدخول مرة أخرى؛ لم يضع شيء مما أنجزته.
step-up = هل ما زال هذا أنت؟
step-up-lead = تمسّ هذه الخطوة كلمات مرورك، لذا أكّد هويتك بالعامل الثاني مرة أخرى. يسري ذلك عشر دقائق.
signed-out = تم تسجيل خروجك.

# الرئيسية
hello = مرحبًا، { $name }
home-app-passwords = كلمة مرور لكل تطبيق يقرأ بريدك أو تقويماتك أو جهات اتصالك.
home-connected = { $count ->
    [0] لا يوجد تطبيق متصل.
    [one] تطبيق واحد متصل.
    [two] تطبيقان متصلان.
    [few] { $count } تطبيقات متصلة.
    [many] { $count } تطبيقًا متصلًا.
   *[other] { $count } تطبيق متصل.
}
home-security = كلمة مرورك والعوامل الثانية والمتصفحات المسجَّل الدخول فيها.
home-no-factor-title = أضف عاملًا ثانيًا أولًا
home-no-factor = لا بد منه لكلمات مرور التطبيقات: فبفضله لا يستطيع من يعرف كلمة مرورك أن ينشئ واحدة منها.
add-authenticator = إضافة تطبيق مصادقة

# كلمات مرور التطبيقات
app-passwords-lead = لكل تطبيق كلمة مرور خاصة به، لا تفتح إلا ما يحتاج إليه.
in-use = من { $max } قيد الاستخدام
new-app-password = كلمة مرور جديدة لتطبيق
history = السجل
revoke = إلغاء
revoke-all = إلغاء الكل
connected-badge = متصل الآن
expires-soon = تنتهي قريبًا
fact-opens = تفتح
fact-last-used = آخر استخدام
fact-created = الإنشاء
fact-expires = الانتهاء
fact-networks = فقط من
used-by = بواسطة { $client } عبر { $service }
used-over = عبر { $service }
used-from = من { $network }
scope-mail = البريد
scope-contacts = جهات الاتصال
scope-calendars = التقويمات
scope-mail-send = إرسال البريد فقط
empty-title = لا توجد كلمة مرور لأي تطبيق بعد
empty = كلمة مرور التطبيق كلمة مرور عشوائية لتطبيق واحد. بها يقرأ التطبيق بريدك لكنه لا يستطيع تغيير حسابك أبدًا، ويمكنك إلغاؤها هنا في أي وقت.
all-title = هل فقدت جهازًا، أم لديك شك؟
all-text = { $count ->
    [zero] لا توجد كلمة مرور لإلغائها.
    [one] ألغِ كلمة المرور الوحيدة الموجودة. يُسجَّل خروج تطبيقها فورًا، وسيحتاج إلى كلمة مرور جديدة.
    [two] ألغِ كلمتي المرور كلتيهما. يُسجَّل خروج كل تطبيق فورًا، وسيحتاج كل تطبيق ما زلت تستخدمه إلى كلمة مرور جديدة.
    [few] ألغِ الكل: { $count } كلمات مرور. يُسجَّل خروج كل تطبيق فورًا، وسيحتاج كل تطبيق ما زلت تستخدمه إلى كلمة مرور جديدة.
    [many] ألغِ الكل: { $count } كلمة مرور. يُسجَّل خروج كل تطبيق فورًا، وسيحتاج كل تطبيق ما زلت تستخدمه إلى كلمة مرور جديدة.
   *[other] ألغِ الكل: { $count } كلمة مرور. يُسجَّل خروج كل تطبيق فورًا، وسيحتاج كل تطبيق ما زلت تستخدمه إلى كلمة مرور جديدة.
}

# كلمة جديدة
new-lead = ستراها مرة واحدة، مع كل ما يطلبه التطبيق غيرها.
label = ما الغرض منها؟
label-hint = اسم تعرفه حين تراه، مثل: Thunderbird على الحاسوب المحمول
label-missing = أعطها اسمًا لتعرف لاحقًا لأي تطبيق هي.
label-long = هذا الاسم طويل جدًا: الحد الأقصى لعدد الأحرف { $max }.
label-characters = لا يمكن أن يحتوي الاسم على فواصل أسطر أو أحرف غير مرئية.
opens = ماذا يُسمح لها أن تفتح؟
scope-mail-hint = قراءة البريد وإرساله وتصفيته
scope-contacts-hint = دفاتر العناوين
scope-calendars-hint = المواعيد والمهام
scope-mail-send-hint = لطابعة أو ماسح ضوئي: إرسال فقط دون قراءة أي شيء
scope-missing = اختر واحدًا على الأقل.
more = المزيد
expires = متى تنتهي؟
expires-never = لا تنتهي أبدًا
expires-days = { $days ->
    [zero] اليوم
    [one] بعد يوم واحد
    [two] بعد يومين
    [few] بعد { $days } أيام
    [many] بعد { $days } يومًا
   *[other] بعد { $days } يوم
}
networks = من هذه الشبكات فقط
networks-hint = اترك الحقل فارغًا لتعمل من أي مكان. مثال: { "\u2066" }192.0.2.0/24{ "\u2069" }، شبكة واحدة في كل سطر.
networks-wrong = «{ $text }» ليست شبكة. تُكتب الشبكة هكذا: { "\u2066" }192.0.2.0/24{ "\u2069" } أو { "\u2066" }2001:db8::/32{ "\u2069" }.
make = إنشاء كلمة مرور التطبيق
too-many = بلغت الحد الأقصى لعدد كلمات مرور التطبيقات، وهو { $max }، ولا يُسمح لأحد بأكثر منه. ألغِ واحدة لم تعد تستخدمها.
needs-factor = تحتاج كلمات مرور التطبيقات إلى عامل ثانٍ. أضف واحدًا أولًا.

# السر، مرة واحدة
your-new = كلمة مرور التطبيق الجديدة
your-new-lead = لـ «{ $label }». تفتح: { $scopes }.
the-password = كلمة المرور
secret-where = ضعها في حقل كلمة المرور في التطبيق، مع الشرطات أو بدونها.
secret-once = تظهر الآن فقط: بعد مغادرة هذه الصفحة لن يستطيع أحد عرضها مرة أخرى.
watch-title = هل سجّل التطبيق دخوله؟
watch-nothing = ليس بعد
watch-nothing-hint = ستراه هنا فور تسجيل دخوله.
watch-signed-in = { $service }: تم تسجيل الدخول
watch-client = { $service }: تم تسجيل الدخول من { $client }
watch-primary = { $service }: أرسل التطبيق كلمة مرورك أنت
watch-primary-hint = ضع مكانها كلمة مرور التطبيق الظاهرة أعلاه.
settings-title = إعدادات التطبيق
settings-lead = تجد معظم التطبيقات هذه الإعدادات بنفسها. إذا طلبها تطبيقك، فانسخها من هنا.
user-name = اسم المستخدم
server = الخادم
port = المنفذ
protection = أمان الاتصال
address = العنوان
imap-settings = البريد الوارد (IMAP)
submission-settings = البريد الصادر (SMTP)
dav-settings = التقويمات وجهات الاتصال (CalDAV وCardDAV)
done = تم، أصبحت في التطبيق
secret-gone = سبق عرض كلمة مرور التطبيق هذه
secret-gone-text = لا يستطيع أحد عرضها مرة أخرى. إذا لم تضعها في التطبيق، فألغِها وأنشئ واحدة جديدة.

# الإلغاء
revoke-title = هل تريد إلغاء «{ $label }»؟
revoke-connected = { $count ->
    [0] لا يتصل بها أي تطبيق الآن. لن تُقبل كلمة المرور هذه بعد ذلك أبدًا.
    [one] سيُسجَّل فورًا خروج التطبيق الذي يستخدمها (اتصال واحد). لن تُقبل كلمة المرور هذه بعد ذلك أبدًا.
    [two] سيُسجَّل فورًا خروج التطبيق الذي يستخدمها (اتصالان). لن تُقبل كلمة المرور هذه بعد ذلك أبدًا.
    [few] سيُسجَّل فورًا خروج التطبيق الذي يستخدمها ({ $count } اتصالات). لن تُقبل كلمة المرور هذه بعد ذلك أبدًا.
    [many] سيُسجَّل فورًا خروج التطبيق الذي يستخدمها ({ $count } اتصالًا). لن تُقبل كلمة المرور هذه بعد ذلك أبدًا.
   *[other] سيُسجَّل فورًا خروج التطبيق الذي يستخدمها ({ $count } اتصال). لن تُقبل كلمة المرور هذه بعد ذلك أبدًا.
}
revoke-others = تواصل تطبيقاتك الأخرى العمل كما كانت.
revoke-all-title = هل تريد إلغاء كل كلمات مرور التطبيقات؟
revoke-all-connected = { $count ->
    [0] لا يوجد تطبيق متصل الآن.
    [one] سيُغلق اتصال واحد فورًا.
    [two] سيُغلق اتصالان فورًا.
    [few] ستُغلق { $count } اتصالات فورًا.
    [many] سيُغلق { $count } اتصالًا فورًا.
   *[other] سيُغلق { $count } اتصال فورًا.
}
revoke-all-text = { $count ->
    [zero] لا توجد كلمات مرور لإلغائها.
    [one] كلمة مرور واحدة لن تُقبل بعد ذلك أبدًا.
    [two] كلمتا مرور لن تُقبلا بعد ذلك أبدًا.
    [few] { $count } كلمات مرور لن تُقبل بعد ذلك أبدًا.
    [many] { $count } كلمة مرور لن تُقبل بعد ذلك أبدًا.
   *[other] { $count } كلمة مرور لن تُقبل بعد ذلك أبدًا.
}
revoked-one = أُلغيت «{ $label }».
closed-count = { $count ->
    [0] لم يكن هناك اتصال مفتوح.
    [one] أُغلق اتصال واحد.
    [two] أُغلق اتصالان.
    [few] أُغلقت { $count } اتصالات.
    [many] أُغلق { $count } اتصالًا.
   *[other] أُغلق { $count } اتصال.
}
revoked-all = { $count ->
    [0] لم يكن هناك ما يُلغى.
    [one] أُلغيت كلمة مرور واحدة.
    [two] أُلغيت كلمتا مرور.
    [few] أُلغيت { $count } كلمات مرور.
    [many] أُلغيت { $count } كلمة مرور.
   *[other] أُلغيت { $count } كلمة مرور.
}

# السجل
history-lead = كلمات مرور تطبيقات لم تعد تعمل.
history-empty = لم تُلغَ أي كلمة مرور ولم تنتهِ مدة أي منها بعد.
ended-revoked = أُلغيت
ended-expired = انتهت
why-asked = أنت ألغيتها.
why-all-asked = أنت ألغيتها كلها.
why-password-changed = غيّرت كلمة مرورك.
why-password-reset = أُعيد تعيين كلمة مرورك.
why-second-factor-removed = أُزيل آخر عامل ثانٍ.
why-suspended = أُوقف حسابك.
why-deleted = حُذف الحساب.
why-expired = انتهت مدتها.

# المتصل الآن
connected-lead = تطبيقات مسجَّل دخولها إلى حسابك في هذه اللحظة.
connected-empty = لا يوجد تطبيق متصل. حين يسجّل أحدها الدخول، ستراه هنا.
connected-since = منذ
connected-from = من
connected-by = بواسطة
unknown-app = تطبيق غير معروف
sign-out-app = تسجيل الخروج
app-signed-out = تم تسجيل خروج التطبيق. يمكنه تسجيل الدخول مرة أخرى بكلمة مروره؛ ألغِها لتمنعه.
app-gone = كان هذا الاتصال قد انتهى بالفعل.

# الأمان
security-lead = كيف تسجّل الدخول إلى هذه الصفحة.
change-password = تغيير كلمة المرور
change-password-lead = تحتاج إلى كلمة المرور القديمة والعامل الثاني.
change-before = { $count ->
    [0] لا توجد لديك كلمات مرور تطبيقات تتأثر بذلك.
    [one] ستتوقف كلمة مرور تطبيقك عن العمل، ويُسجَّل خروجه.
    [two] لديك كلمتا مرور لتطبيقين ستتوقفان عن العمل، ويُسجَّل خروج التطبيقين.
    [few] لديك { $count } كلمات مرور لتطبيقات ستتوقف عن العمل، ويُسجَّل خروج تطبيقاتها.
    [many] لديك { $count } كلمة مرور لتطبيقات ستتوقف عن العمل، ويُسجَّل خروج تطبيقاتها.
   *[other] لديك { $count } كلمة مرور لتطبيقات ستتوقف عن العمل، ويُسجَّل خروج تطبيقاتها.
}
old-password = كلمة المرور القديمة
new-password = كلمة المرور الجديدة
new-password-hint = 12 حرفًا على الأقل. من الجيد اختيار بضع كلمات لا يخطر جمعها معًا إلا ببالك.
new-password-again = كلمة المرور الجديدة مرة أخرى
password-short = يجب ألا يقل عدد أحرف كلمة المرور عن { $min }.
password-long = كلمة المرور هذه طويلة جدًا: الحد الأقصى { $max } بايت.
password-characters = لا يمكن أن تحتوي كلمة المرور على فواصل أسطر.
password-common = كلمة المرور هذه أول ما يجرّبه الجميع. اختر غيرها.
password-like-login = كلمة المرور هذه تكاد تكون اسم الدخول نفسه. اختر غيرها.
passwords-differ = كلمتا المرور الجديدتان غير متطابقتين. اكتبهما مرة أخرى.
old-wrong = هذه ليست كلمة مرورك القديمة.
password-changed = تم تغيير كلمة مرورك.
password-changed-next = أنشئ كلمة مرور جديدة لكل تطبيق ما زلت تستخدمه.
second-factors = العوامل الثانية
second-factors-lead = ما تثبت به هويتك إلى جانب كلمة مرورك.
no-second-factor = ليس لديك عامل ثانٍ بعد. بدونه لا يمكنك إنشاء كلمات مرور للتطبيقات.
authenticator = تطبيق المصادقة
added = أُضيف
remove = إزالة
recovery-left = { $count ->
    [0] لم يبقَ أي رمز استرداد. أنشئ رموزًا جديدة الآن.
    [one] بقي رمز استرداد واحد.
    [two] بقي رمزا استرداد.
    [few] بقيت { $count } رموز استرداد.
    [many] بقي { $count } رمز استرداد.
   *[other] بقي { $count } رمز استرداد.
}
new-recovery-codes = رموز استرداد جديدة
browsers = المتصفحات المسجَّل الدخول فيها
browsers-lead = الأماكن المفتوح فيها حسابك.
this-browser = هذا المتصفح
unknown-browser = متصفح
browser-signed-out = تم تسجيل خروج المتصفح.
add-authenticator-lead = امسح هذا الرمز ضوئيًا بتطبيق مصادقة على هاتفك، ثم اكتب الأرقام الستة التي يعرضها.
qr-title = رمز QR لتطبيق المصادقة
seed-text = أو اكتب هذا في التطبيق:
factor-name = اسم له
factor-name-default = الهاتف
add = إضافة
factor-added = تمت إضافة تطبيق المصادقة.
remove-factor-title = هل تريد إزالة «{ $label }»؟
remove-factor = لن تُطلب منك رموزه بعد ذلك.
remove-last-factor = { $count ->
    [0] هذا آخر عامل ثانٍ لديك. بدونه لا يمكن أن تكون لديك كلمات مرور للتطبيقات.
    [one] هذا آخر عامل ثانٍ لديك: ستتوقف كلمة مرور تطبيقك عن العمل، ويُسجَّل خروج كل متصفح آخر.
    [two] هذا آخر عامل ثانٍ لديك: ستتوقف كلمتا مرور لتطبيقين عن العمل، ويُسجَّل خروج كل متصفح آخر.
    [few] هذا آخر عامل ثانٍ لديك: ستتوقف { $count } كلمات مرور لتطبيقات عن العمل، ويُسجَّل خروج كل متصفح آخر.
    [many] هذا آخر عامل ثانٍ لديك: ستتوقف { $count } كلمة مرور لتطبيقات عن العمل، ويُسجَّل خروج كل متصفح آخر.
   *[other] هذا آخر عامل ثانٍ لديك: ستتوقف { $count } كلمة مرور لتطبيقات عن العمل، ويُسجَّل خروج كل متصفح آخر.
}
factor-removed = تمت إزالة العامل الثاني.
codes-title = رموز الاسترداد
codes-lead = يتيح لك كل رمز تسجيل الدخول مرة واحدة إذا لم يكن هاتفك معك. اطبعها أو دوّنها؛ فهي تظهر الآن فقط.
print = طباعة
codes-done = احتفظت بها

# حين لا يسير شيء كما ينبغي
error-title = لم ينجح ذلك
error-not-found = لا توجد صفحة كهذه
error-not-found-text = ربما كُتب العنوان خطأً، أو أن ما كان هنا لم يعد موجودًا.
error-origin = جاء هذا النموذج من مكان آخر
error-origin-text = لم يتغير شيء. ارجع إلى الصفحة وحمّلها من جديد وأرسل النموذج مرة أخرى.
error-busy = الازدحام شديد الآن
error-busy-text = لم يتغير شيء. حاول مرة أخرى بعد بضع ثوانٍ.
error-broken = لحظة من فضلك
error-broken-text = لا يستطيع الخادم الوصول إلى بياناته الآن. لم يتغير شيء، ولن ينسى أي تطبيق كلمة مروره. حاول مرة أخرى بعد دقيقة.
error-denied = ليس مسموحًا لك بهذا
error-denied-text = لا يملك حسابك صلاحية القيام بهذا. لم يتغير شيء.
error-large = أكبر من اللازم
error-large-text = ما أُرسل أكبر من أي نموذج هنا. لم يتغير شيء.
try-again = إعادة المحاولة

# مفاتيح المرور والمتصفحات الموثوقة
passkey = مفتاح مرور
passkey-lead = أكّد بإصبعك أو وجهك أو رمز هذا الجهاز.
use-passkey = استخدم مفتاح مرور
add-passkey = أضف مفتاح مرور
add-passkey-lead = سيؤكد هاتفك أو حاسوبك أو مفتاح الأمان أنك أنت، بالإصبع أو الوجه أو الرمز. لا شيء تكتبه ولا شيء تنساه.
passkey-name-hint = لتعرف لاحقًا على أي جهاز هو
make-passkey = أنشئ مفتاح المرور
passkey-added = أُضيف مفتاح المرور.
passkey-about = يؤكد هاتفك أو حاسوبك أو مفتاح الأمان أنك أنت. هذه أأمن الطرق وأسرعها.
authenticator-about = يعرض تطبيق على هاتفك ستة أرقام تكتبها.
passkey-needs-script = مفتاح المرور يحتاج إلى البرامج النصية، وهي موقوفة في هذا المتصفح.
wrong-passkey = لم يُقبل مفتاح المرور. حاول مرة أخرى، أو ادخل بطريقة أخرى.
passkey-not-made = لم يُنشأ مفتاح مرور. حاول مرة أخرى، أو أضف تطبيق مصادقة بدلًا منه.
too-many-factors = لديك أقصى عدد مسموح به من العوامل الثانية. أزل واحدًا أولًا.
trust-browser = { $days ->
    [zero] ثق بهذا المتصفح
    [one] ثق بهذا المتصفح: لا تسأل هنا مرة أخرى لمدة يوم واحد ({ $days })
    [two] ثق بهذا المتصفح: لا تسأل هنا مرة أخرى لمدة يومين ({ $days })
    [few] ثق بهذا المتصفح: لا تسأل هنا مرة أخرى لمدة { $days } أيام
    [many] ثق بهذا المتصفح: لا تسأل هنا مرة أخرى لمدة { $days } يومًا
   *[other] ثق بهذا المتصفح: لا تسأل هنا مرة أخرى لمدة { $days } يوم
}
trusted-browsers = المتصفحات الموثوقة
trusted-browsers-lead = هنا تُسأل عن كلمة المرور وحدها، ما لم تغيّر شيئًا في كلمات مرورك.
trusted-until = موثوق حتى
end-trust = أنهِ الثقة
trust-ended = سيُسأل ذلك المتصفح عن العامل الثاني من جديد.
rename = غيّر الاسم
factor-name-hint = اسم تعرفه، مثل: الهاتف
factor-renamed = صار للعامل الثاني اسم جديد.
factors-removal = طلب أحد المشرفين إزالة كل عواملك الثانية. سيحدث ذلك
factors-removal-text = عندها تتوقف كل كلمات مرور تطبيقاتك. إن لم تفقد عواملك الثانية فأوقف ذلك: ربما ادّعى أحد أنه أنت.
factors-removal-stop = أوقف ذلك، ما زالت عندي
removal-stopped = تبقى عواملك الثانية.
show = أظهر
hide = أخفِ
strength-0 = سهلة التخمين جدًا
strength-1 = سهلة التخمين
strength-2 = يمكن أن تكون أفضل
strength-3 = جيدة
strength-4 = جيدة جدًا

# أن تصبح صاحب حساب
join-title = أهلًا بك
join-lead = { $login } هو حسابك. اختر ما لا يعرفه سواك.
your-name = اسمك
your-name-hint = كما يراه الآخرون؛ ويمكن أن تتركه فارغًا
name-wrong = الاسم لا يزيد على 200 حرف، وليس فيه سطر جديد.
choose-password = اختر كلمة مرور
choose-password-again = كلمة المرور نفسها مرة أخرى
notice-address = عنوان للإشعارات
notice-address-hint = صندوق بريد آخر لك، غير هذا. نكتب إليه حين يحدث شيء لحسابك أو تنسى كلمة مرورك.
address-wrong = هذا ليس عنوان بريد. شكله مثل ada@example.net.
address-own = هذا صندوق بريد هذا الحساب نفسه. اختر غيره: فلن تستطيع قراءته إن لم تستطع الدخول.
welcome = خطوة أخرى
welcome-lead = وُضعت كلمة مرورك. أضف الآن عاملًا ثانيًا: به لا يدخل من عرف كلمة مرورك. وتحتاج إليه لإنشاء كلمات مرور التطبيقات.
later = لاحقًا
register = أنشئ حسابًا
register-lead = في { $site }.
register-login-hint = ما قبل علامة @، مثل ada
register-sent = رسالة في طريقها إلى { $address }. اتبع الرابط الذي فيها خلال 24 ساعة.
letter-title = انظر في صندوق بريدك
login-name-wrong = لا يصلح هذا اسمَ دخول. استخدم حروفًا وأرقامًا ونقاطًا وشرطات.
login-name-taken = اسم الدخول هذا مأخوذ. اختر غيره.
have-account = لديّ حساب

# كلمة مرور منسية
forgot = هل نسيت كلمة المرور؟
forgot-lead = نرسل رابطًا إلى عنوان إشعاراتك. وتحتاج معه إلى عاملك الثاني أو رمز استرداد.
forgot-sent = إن كان { $login } حسابًا وله عنوان للإشعارات، فالرابط في طريقه إليه. وهو صالح لساعة واحدة.
send-letter = أرسل لي رابطًا
staff-code = رمز من أحد المشرفين
staff-code-hint = إن لم يكن لك عنوان للإشعارات فاطلب واحدًا. شكله مثل abcd-efgh-ijkl-mnop.
staff-code-wrong = هذا الرمز خاطئ، أو استُخدم من قبل، أو قديم جدًا. اطلب رمزًا جديدًا.
back-to-sign-in = العودة إلى الدخول
reset-title = اختر كلمة مرور جديدة
reset-before = ستتوقف كل كلمات مرور تطبيقاتك، ويُسجَّل خروج كل المتصفحات. وتبقى عواملك الثانية.
set-password = ضع كلمة المرور الجديدة
reset-done = تغيّرت كلمة مرورك
error-link = هذا الرابط لم يعد صالحًا
error-link-text = لقد استُخدم من قبل، أو انتهى وقته. اطلب رابطًا جديدًا ممن أرسله.
# الإدارة
administration = الإدارة
home-administration = حسابات الآخرين، ومن هو متصل، وما الذي جرى.
accounts = الحسابات
connections = الاتصالات
audit-log = سجل التدقيق
settings = الإعدادات
search = بحث
pages = الصفحات
page-before = السابق
page-after = التالي
yes = نعم
no = لا
quoted = «{ $text }»

# الحسابات
accounts-lead = كل من يسجّل الدخول هنا، وكل جهاز.
accounts-found = الحسابات التي عُثر عليها
accounts-caption = { $count ->
    [0] لا حسابات
    [one] حساب واحد، بترتيب أسماء الدخول
    [two] حسابان، بترتيب أسماء الدخول
    [few] { $count } حسابات، بترتيب أسماء الدخول
    [many] { $count } حسابًا، بترتيب أسماء الدخول
   *[other] { $count } حساب، بترتيب أسماء الدخول
}
accounts-none = لا يوجد حساب كهذا. جرّب حروفًا أقل أو حالة أخرى.
search-names = الاسم أو اسم الدخول
account = الحساب
account-id = معرّفه
kind = النوع
person = شخص
device = جهاز
devices = الأجهزة
state = الحالة
state-any = أي حالة
state-active = نشط
state-invited = مدعو
state-unprotected = يحتاج إلى عامل ثانٍ
state-suspended = موقوف
role = الدور
role-none = بلا دور
role-administrator = مدير
role-helpdesk = مكتب المساعدة
role-auditor = مدقق
role-text = يجوز للمدير كل شيء ما عدا رؤية أسرار الآخرين. يدعو مكتب المساعدة ويعيد التعيين ويسجّل الخروج، للحسابات التي بلا دور. يقرأ المدقق ولا يغيّر شيئًا.
role-save = تعيين الدور
role-set = دور { $name } الآن: { $role }.
role-change = قبل ذلك: { $before }، والآن: { $after }
factor-passkey = مفتاح مرور
factors-none = لا يوجد
factors-none-yet = لا يوجد أي منها بعد. بدون عامل ثانٍ لا يمكن أن تكون هناك كلمات مرور للتطبيقات.
factors-device = لا حاجة إليه
last-sign-in = آخر تسجيل دخول
of-so-many = { $count } من { $max }
of-so-many-in-use = المستخدم { $count } من { $max }.
invite-someone = دعوة شخص
invite-someone-lead = يختار المدعوون كلمة المرور والعامل الثاني بأنفسهم. لن ترى أيًّا منهما أبدًا.
new-device = جهاز جديد
new-device-lead = طابعة أو ماسح ضوئي أو برنامج نصي: ليست له كلمة مرور ولا صفحات، بل كلمات مرور تطبيقات تنشئها له فقط.
account-name = الاسم
account-name-hint = كما يعرفه الآخرون، مثلًا Ada Marlow
account-name-hint-device = ليسهل العثور عليه، مثلًا ماسح الطابق الأول
account-name-wrong = الاسم سطر واحد لا يزيد على 200 حرف.
account-notice = عنوان الإشعارات
account-notice-hint = خارج صندوق البريد الذي يفتحه هذا الحساب. بدونه لا يمكن إخبار أحد بالبريد بما يحدث للحساب.
account-notice-wrong = هذا ليس عنوانًا. يبدو العنوان هكذا: ada@example.net.
account-notice-missing = أدخل عنوانًا تُرسل إليه الدعوة، أو سلّم الرابط بنفسك.
account-notice-own = هذا صندوق بريد الحساب نفسه. أدخل عنوانًا خارجه أو اترك الحقل فارغًا.
account-login-wrong = لا يمكن أن يكون «{ $text }» اسم دخول.
account-login-taken = الاسم { $login } مستخدم، أو كان كذلك حتى وقت قريب.
mail-invitation = إرسال الدعوة إلى هناك أيضًا
more-login-names = أسماء دخول أخرى
more-login-names-hint = أسماء أخرى لصندوق البريد نفسه، اسم في كل سطر.
more-login-names-many = { $max } في المرة الواحدة على الأكثر.
make-invitation = إنشاء الدعوة
make-device = إنشاء الجهاز
device-made = أُنشئ الجهاز. يحتاج الآن إلى كلمة مرور تطبيق.
invitation-mailed = الدعوة في طريقها بالبريد أيضًا.
invitation-not-mailed = تعذّر إرسال الدعوة بالبريد. سلّم الرابط أدناه.

# رابط يظهر مرة واحدة
once-title = رابط صالح لمرة واحدة
once-invitation = به يختار { $name } كلمة مرور وعاملًا ثانيًا.
once-reset = به يختار { $name } كلمة مرور جديدة، ويُظهر عاملًا ثانيًا إن وُجد.
once-code = الرمز
once-link = الرابط وفيه الرمز
once-until = صالح حتى:
once-shown = يظهر الآن فقط: عندما تغادر هذه الصفحة لن يستطيع أحد إظهاره مرة أخرى.
once-hand-over = سلّمه شخصيًا أو هاتفيًا أو على ورق، ولا ترسله أبدًا بالبريد إلى الصندوق الذي يفتحه.
once-done = تم تسليمه
once-gone = ظهر هذا الرابط من قبل
once-gone-text = لا يستطيع أحد إظهاره مرة أخرى. إن لم يُسلَّم فأنشئ رابطًا جديدًا، وعندها لا يعود القديم صالحًا.
once-again = إنشاء رابط جديد
open-links = روابط ما زالت صالحة
open-link-invitation = دعوة
open-link-reset = كلمة مرور جديدة
open-link-address = إثبات عنوان

# حساب واحد
nothing-given = لم يُذكر
password-chosen = تم اختيارها
password-not-chosen = لم تُختر بعد
login-names = أسماء الدخول
login-name-first = يبقى الأول ما بقي الحساب.
one-more-login-name = اسم دخول آخر
login-name-added = أُضيف { $login }.
login-name-removed = أُزيل { $login }.
recovery-codes-left = { $count ->
    [0] لم يبقَ أي رمز استرداد.
    [one] بقي رمز استرداد واحد.
    [two] بقي رمزا استرداد.
    [few] بقيت { $count } رموز استرداد.
    [many] بقي { $count } رمز استرداد.
   *[other] بقي { $count } رمز استرداد.
}
fact-last-tried = آخر محاولة
nobody-connected = لا تطبيق متصل ولا متصفح مسجَّل الدخول.
factors-end-title = ستُزال كل العوامل الثانية
factors-end-text = أُخبر صاحب الحساب، ويمكنه إيقاف ذلك حتى:

# ما يُفعل بالحساب
suspend = إيقاف
resume = استئناف
delete = حذف
sign-out-everywhere = تسجيل الخروج من كل مكان
remove-factors = إزالة كل العوامل الثانية
keep-factors = إبقاء العوامل الثانية
ask-revoke-all = هل تريد إلغاء كل كلمات مرور التطبيقات لدى { $name }؟
ask-sign-out = هل تريد تسجيل خروج { $name } من كل مكان؟
ask-reset = هل تريد إنشاء رابط لكلمة مرور جديدة من أجل { $name }؟
ask-reset-button = إعادة تعيين كلمة المرور
ask-invite-again = هل تريد إنشاء دعوة جديدة من أجل { $name }؟
ask-suspend = هل تريد إيقاف { $name }؟
ask-resume = هل تريد استئناف { $name }؟
ask-delete = هل تريد حذف { $name }؟
ask-remove-factors = هل تريد إزالة كل العوامل الثانية لدى { $name }؟
ask-keep-factors = هل تريد إبقاء العوامل الثانية لدى { $name }؟
ask-remove-login-name = هل تريد إزالة { $login }؟
browsers-signed-out = { $count ->
    [0] لا متصفح مسجَّل الدخول.
    [one] سيُسجَّل خروج متصفح واحد.
    [two] سيُسجَّل خروج متصفحين.
    [few] سيُسجَّل خروج { $count } متصفحات.
    [many] سيُسجَّل خروج { $count } متصفحًا.
   *[other] سيُسجَّل خروج { $count } متصفح.
}
browsers-were-signed-out = { $count ->
    [0] لم يكن أي متصفح مسجَّل الدخول.
    [one] سُجِّل خروج متصفح واحد.
    [two] سُجِّل خروج متصفحين.
    [few] سُجِّل خروج { $count } متصفحات.
    [many] سُجِّل خروج { $count } متصفحًا.
   *[other] سُجِّل خروج { $count } متصفح.
}
sign-out-may-return = قد تعود التطبيقات بكلمات مرورها. ألغِ هذه الكلمات لمنعها.
ask-reset-text = تبقى كلمة المرور القديمة صالحة حتى يُستخدم الرابط. عندها تُستبدل وتُلغى كل كلمات مرور التطبيقات.
reset-factors-stay = تبقى العوامل الثانية: لا يدخل أحد بالرابط وحده.
invite-again-text = إن كنت قد سلّمت دعوة أقدم فلن تعود صالحة.
suspend-text = لا يستطيع أحد تسجيل الدخول حتى يُستأنف الحساب. تبقى كلمات مرور التطبيقات ملغاة.
suspended = { $name }: الحساب موقوف الآن.
resume-text = يمكن لصاحب الحساب تسجيل الدخول من جديد. ما أُلغي من كلمات مرور التطبيقات يبقى ملغى.
resumed = { $name }: الحساب مستأنف الآن.
delete-factors = { $count ->
    [0] تزول كلمة المرور والروابط الصالحة والمتصفحات المعروفة إلى الأبد.
    [one] تزول كلمة المرور والعامل الثاني والروابط الصالحة والمتصفحات المعروفة إلى الأبد.
    [two] تزول كلمة المرور والعاملان الثانيان والروابط الصالحة والمتصفحات المعروفة إلى الأبد.
    [few] تزول كلمة المرور و{ $count } عوامل ثانية والروابط الصالحة والمتصفحات المعروفة إلى الأبد.
    [many] تزول كلمة المرور و{ $count } عاملًا ثانيًا والروابط الصالحة والمتصفحات المعروفة إلى الأبد.
   *[other] تزول كلمة المرور و{ $count } عامل ثانٍ والروابط الصالحة والمتصفحات المعروفة إلى الأبد.
}
delete-names = تبقى أسماء الدخول محجوزة بعض الوقت، حتى لا يصل هذا البريد إلى غيره.
delete-audit = يحتفظ سجل التدقيق بما جرى دون أسماء. لا يمكن التراجع عن هذا.
deleted = { $name }: حُذف الحساب.
remove-factors-told = يُخبَر صاحب الحساب الآن على عنوان الإشعارات، ويمكنه إيقاف ذلك.
remove-factors-wait = مهلة إيقاف ذلك: { $time }. بعدها تُزال كل العوامل الثانية وتُلغى كل كلمات مرور التطبيقات.
remove-factors-asked = أُخبر صاحب الحساب. ستُزال العوامل الثانية عند انتهاء المهلة.
keep-factors-text = يُوقَف ما طلبه الموظفون. لا يتغير شيء لصاحب الحساب.
factors-kept = أُوقف ذلك: تبقى العوامل الثانية.
factors-kept-already = لم يعد أحد يطلب ذلك.
remove-login-name-text = لا يستطيع أحد بعدها تسجيل الدخول به. تُغلق كل اتصالات هذا الحساب؛ والتطبيقات التي تستخدم اسمًا آخر من أسمائه تعود من تلقاء نفسها.

# الاتصالات
connections-lead = كل تطبيق مسجَّل الدخول في هذه اللحظة، الأقدم أولًا.
connections-none = لا تطبيق متصل.
connections-caption = { $count ->
    [0] لا اتصالات
    [one] اتصال واحد
    [two] اتصالان
    [few] { $count } اتصالات
    [many] { $count } اتصالًا
   *[other] { $count } اتصال
}
connections-oldest = الأقدم، وعددها { $count }؛ وهناك المزيد.
app = التطبيق

# سجل التدقيق
audit-lead = من فعل ماذا، الأحدث أولًا.
audit-who = من فعله
audit-what = ماذا
audit-when = متى
audit-since = من (UTC)
audit-until = حتى نهاية (UTC)
audit-anything = أي شيء
audit-none = لم يجرِ شيء من هذا.
audit-nobody = لا أحد لديه اسم الدخول هذا، ولا كان لديه قبل وقت قريب.
audit-older = الأقدم
export-csv = تصدير بصيغة CSV
export-json = تصدير بصيغة أسطر JSON
operator = مشغّل الخادم
deleted-account = حساب محذوف
audit-account = كل ما يخص الحسابات
audit-app-password = كل ما يخص كلمات مرور التطبيقات
audit-portal = كل تسجيل دخول وخروج هنا
audit-account-created = أُنشئ حساب
audit-account-suspended = أُوقف حساب
audit-account-resumed = استؤنف حساب
audit-account-deleted = حُذف حساب
audit-account-role-set = عُيّن دور
audit-account-login-name-added = أُضيف اسم دخول
audit-account-login-name-removed = أُزيل اسم دخول
audit-account-invited = أُرسلت دعوة بالبريد
audit-account-registration-asked = طُلب إنشاء حساب
audit-account-profile-changed = تغيّر الاسم أو اللغة
audit-password-set = اختيرت أول كلمة مرور
audit-password-changed = تغيّرت كلمة المرور
audit-password-reset = أُعيد تعيين كلمة المرور
audit-password-reset-asked = طُلب رابط لكلمة مرور جديدة
audit-password-tried-by-app = أرسل تطبيق كلمة مرور الحساب نفسه
audit-second-factor-added = أُضيف عامل ثانٍ
audit-second-factor-removed = أُزيل عامل ثانٍ
audit-second-factor-renamed = أُعيدت تسمية عامل ثانٍ
audit-second-factors-removal-asked = طُلبت إزالة كل العوامل الثانية
audit-second-factors-removal-stopped = أُوقفت إزالة كل العوامل الثانية
audit-recovery-codes-made = أُنشئت رموز استرداد
audit-recovery-code-used = استُخدم رمز استرداد
audit-app-password-created = أُنشئت كلمة مرور تطبيق
audit-app-password-revoked = أُلغيت كلمة مرور تطبيق
audit-app-password-all-revoked = أُلغيت كل كلمات مرور التطبيقات
audit-app-password-expired = انتهت مدة كلمة مرور تطبيق
audit-app-password-tried-after-end = جُرّبت كلمة مرور تطبيق منتهية
audit-portal-signed-in = تسجيل دخول
audit-portal-signed-out = تسجيل خروج يدوي
audit-portal-signed-in-from-new-browser = تسجيل دخول من متصفح جديد
audit-browser-trusted = وُثق بمتصفح
audit-browser-trust-ended = انتهت الثقة بمتصفح
audit-link-made = أُنشئ رابط لتسليمه
audit-notice-address-given = أُعطي عنوان للإشعارات
audit-notice-address-changed = تغيّر عنوان الإشعارات

# الإعدادات، للاطلاع
settings-lead-admin = كيف ضُبط هذا الخادم. يُغيَّر ذلك في ملف إعداداته، على يد من يشغّله.
set-portal = هذه البوابة
set-site = حسابات
set-contact = من يُسأل
set-apps = ما يُقال للتطبيقات عن { $service }
set-sessions = تسجيل الدخول هنا
set-session-idle = يُسجَّل الخروج عند عدم الاستخدام مدة
set-session-max = يُسجَّل الخروج في موعد أقصاه
set-browser-trust = يبقى المتصفح الموثوق موثوقًا مدة
set-policy = القواعد
set-admin-may-create = يجوز للمديرين إنشاء كلمات مرور تطبيقات للأشخاص
set-registration = يجوز لكل شخص إنشاء حساب لنفسه
set-factor-removal = المهلة لإيقاف إزالة العوامل الثانية
set-letters = طول كلمات مرور التطبيقات
set-so-many-letters = { $count ->
    [0] بلا حروف
    [one] حرف واحد
    [two] حرفان
    [few] { $count } حروف
    [many] { $count } حرفًا
   *[other] { $count } حرف
}
set-throttle = ضد التخمين
set-throttle-account = كلمات مرور تطبيقات خاطئة لحساب واحد
set-throttle-network = كلمات مرور تطبيقات خاطئة من شبكة واحدة
set-throttle-guesses = كلمات مرور ورموز خاطئة هنا
set-rate = { $burst } دفعة واحدة، ثم { $hour } في الساعة
set-delay-max = أطول انتظار للرفض
set-retention = مدة الاحتفاظ
set-ended = كلمات مرور التطبيقات المنتهية
set-names = أسماء دخول الحسابات المحذوفة
time-days = { $count ->
    [0] بلا أيام
    [one] يوم واحد
    [two] يومان
    [few] { $count } أيام
    [many] { $count } يومًا
   *[other] { $count } يوم
}
time-hours = { $count ->
    [0] بلا ساعات
    [one] ساعة واحدة
    [two] ساعتان
    [few] { $count } ساعات
    [many] { $count } ساعة
   *[other] { $count } ساعة
}
time-minutes = { $count ->
    [0] بلا دقائق
    [one] دقيقة واحدة
    [two] دقيقتان
    [few] { $count } دقائق
    [many] { $count } دقيقة
   *[other] { $count } دقيقة
}
time-seconds = { $count ->
    [0] بلا ثوانٍ
    [one] ثانية واحدة
    [two] ثانيتان
    [few] { $count } ثوانٍ
    [many] { $count } ثانية
   *[other] { $count } ثانية
}
