"""Every text of the page, in English and Indonesian: a language in, its texts by name out.

Facts, questions, rules and clusters are the policies' and models' own words, and stay; a rule's text is in the
languages that its policy has.
"""

from collections.abc import Mapping

from stream.decide.origin import CONFLICTS

LANGUAGES = {"en": "English", "id": "Bahasa Indonesia"}

# Name -> (English, Indonesian).
TEXTS: Mapping[str, tuple[str, str]] = {
    "skip": ("Skip to the content", "Langsung ke isi"),
    "language": ("Language", "Bahasa"),
    "pages": ("Pages", "Halaman"),
    "live": ("Live", "Langsung"),
    "policy": ("Policy", "Kebijakan"),
    "models": ("Models", "Model"),
    "listing": ("Listing", "Barang"),
    "signed_in": ("Signed in as", "Masuk sebagai"),
    "sign_in": ("Sign in", "Masuk"),
    "token": ("Token", "Token"),
    "wrong_token": ("Nobody has this token.", "Token ini tidak dikenal."),
    "a_second": ("decisions a second", "keputusan per detik"),
    "lag": ("events the workers have not decided", "peristiwa yang belum diputuskan pekerja"),
    "lag_unknown": ("lag not known", "ketertinggalan tidak diketahui"),
    "counted": ("decisions counted", "keputusan dihitung"),
    "kept": ("can be looked at", "dapat dilihat"),
    "sampled": ("share of listings that is kept", "bagian barang yang disimpan"),
    "dead_letters": ("dead letters", "surat mati"),
    "unread": ("records of decisions that cannot be read", "rekaman keputusan yang tidak terbaca"),
    "fault": ("The topics cannot be read now:", "Topik tidak dapat dibaca sekarang:"),
    "last_minutes": ("The last three minutes", "Tiga menit terakhir"),
    "chart": ("Decisions a second, and blocks below", "Keputusan per detik, dan blokir di bawahnya"),
    "by_group": ("By market and cluster", "Menurut pasar dan klaster"),
    "span_5": ("5 minutes", "5 menit"),
    "span_60": ("1 hour", "1 jam"),
    "span_1440": ("1 day", "1 hari"),
    "span": ("Counted over", "Dihitung selama"),
    "market": ("Market", "Pasar"),
    "cluster": ("Cluster", "Klaster"),
    "outcome": ("Outcome", "Hasil"),
    "allow": ("allow", "izinkan"),
    "block": ("block", "blokir"),
    "review": ("review", "tinjau"),
    "removed": ("removed", "dihapus"),
    "all": ("all", "semua"),
    "stream": ("Decisions as they come", "Keputusan yang masuk"),
    "search": ("Listing, seller or rule", "Barang, penjual, atau aturan"),
    "show": ("Show", "Tampilkan"),
    "clear_filters": ("Clear", "Hapus saringan"),
    "pause": ("Hold the stream", "Tahan aliran"),
    "older": ("Older", "Lebih lama"),
    "newest": ("Newest", "Terbaru"),
    "time": ("Time (UTC)", "Waktu (UTC)"),
    "title": ("Title", "Judul"),
    "seller": ("Seller", "Penjual"),
    "rules": ("Rules", "Aturan"),
    "no_rows": ("No decisions here yet.", "Belum ada keputusan di sini."),
    "reason": ("Reason", "Alasan"),
    "place": ("Place", "Letak"),
    "not_found": ("Nothing is kept about this listing.", "Tidak ada yang disimpan tentang barang ini."),
    "not_whole": (
        "Its event was not seen: what the last decision repeats stands in for it, without a title.",
        "Peristiwanya tidak terlihat: yang ada hanya isi keputusan terakhir, tanpa judul.",
    ),
    "decided": ("Decision", "Keputusan"),
    "none_decided": ("Not decided yet.", "Belum diputuskan."),
    "path": ("The path, by the pair that is live here", "Alurnya, menurut pasangan yang berlaku di sini"),
    "other_pair": (
        "The last decision was made by another model or other policies.",
        "Keputusan terakhir dibuat dengan model atau kebijakan lain.",
    ),
    "letters": ("Letters that spoke for", "Huruf yang mendukung"),
    "rather": ("rather than", "daripada"),
    "scores": ("Scores against thresholds", "Skor terhadap ambang"),
    "score": ("Score", "Skor"),
    "threshold": ("threshold", "ambang"),
    "sure": ("sure enough", "cukup yakin"),
    "abstained": ("in doubt: abstained", "ragu: abstain"),
    "origin": ("Origin", "Asal"),
    "declared": ("declared", "dinyatakan"),
    "inferred": ("inferred", "disimpulkan"),
    "conflicts": ("contradictions", "pertentangan"),
    "none": ("none", "tidak ada"),
    "asked_rules": ("Every rule that was asked", "Semua aturan yang ditanyakan"),
    "no_rules": ("No policy is in force in this market.", "Tidak ada kebijakan yang berlaku di pasar ini."),
    "not_reached": ("not reached: a rule before it decided", "tidak tercapai: aturan sebelumnya sudah memutuskan"),
    "true": ("true", "benar"),
    "false": ("false", "salah"),
    "unknown": ("unknown", "tidak diketahui"),
    "it_is": ("it is", "nilainya"),
    "not_said": ("not said", "tidak disebut"),
    "because": ("Because of", "Karena"),
    "citing": ("citing", "mengutip"),
    "advice": ("advice", "saran"),
    "dead_letter": ("cannot be read, a dead letter", "tidak terbaca, menjadi surat mati"),
    "a_removal": ("removes the listing", "menghapus barang"),
    "history": ("History of decisions", "Riwayat keputusan"),
    "what_if": ("What if", "Bagaimana jika"),
    "what_if_words": (
        "Change a field and decide again, as of now. Nothing is published. An empty field is unknown.",
        "Ubah sebuah isian lalu putuskan lagi, per saat ini. Tidak ada yang diterbitkan."
        " Isian kosong berarti tidak diketahui.",
    ),
    "decide_again": ("Decide again", "Putuskan lagi"),
    "f_title": ("Title", "Judul"),
    "f_amount": ("Price", "Harga"),
    "f_currency": ("Currency", "Mata uang"),
    "f_hs_code": ("HS code", "Kode HS"),
    "f_market": ("Market", "Pasar"),
    "f_seller_type": ("Seller type", "Jenis penjual"),
    "f_seller_country": ("Seller's country", "Negara penjual"),
    "f_country": ("Country of origin", "Negara asal"),
    "f_ship_from": ("Ships from", "Dikirim dari"),
    "reviewing": ("Review", "Tinjauan"),
    "answer_this": ("Answer for its cluster", "Jawab klasternya"),
    "waiting": ("wait for an answer", "menunggu jawaban"),
    "elsewhere": ("with other people now", "sedang dilihat orang lain"),
    "skipped": ("skipped by you", "Anda lewati"),
    "which_cluster": (
        "Which cluster is it? The digit answers, and the listing is decided anew.",
        "Klaster mana? Angkanya menjawab, dan barang ini diputuskan lagi.",
    ),
    "skip_it": ("Skip", "Lewati"),
    "note": ("Note", "Catatan"),
    "undo": ("Take back", "Tarik kembali"),
    "ask_again": ("Ask me again about what I skipped", "Tanyakan lagi yang saya lewati"),
    "keys_on": ("Keys answer", "Tombol papan ketik menjawab"),
    "not_waiting": ("It does not wait for an answer.", "Barang ini tidak menunggu jawaban."),
    "none_waits": ("Nothing waits for you here.", "Tidak ada yang menunggu Anda di sini."),
    "look_again": ("Look again", "Lihat lagi"),
    "next_one": ("Next listing", "Barang berikutnya"),
    "your_answers": ("Your answers", "Jawaban Anda"),
    "all_answers": ("Everybody's answers", "Jawaban semua orang"),
    "taken_back": ("taken back", "ditarik"),
    "who": ("Who", "Siapa"),
    "you_said": ("You said", "Anda menjawab"),
    "agreed": ("Said before:", "Jawaban sebelumnya:"),
    "disagreed": (
        "Others said otherwise; the latest answer holds.",
        "Orang lain menjawab lain; jawaban terbaru yang berlaku.",
    ),
    "refused_no_event": (
        "Its event cannot be had: it is not kept here and was not found on its topic in time. Nothing can be answered.",
        "Peristiwanya tidak tersedia: tidak disimpan di sini dan tidak ditemukan di topiknya pada waktunya."
        " Tidak ada yang dapat dijawab.",
    ),
    "refused_changed": (
        "Its title has changed since it was shown; this is what it says now.",
        "Judulnya berubah sejak ditampilkan; inilah isinya sekarang.",
    ),
    "refused_taken": (
        "Somebody else looks at this listing now; nothing was answered.",
        "Orang lain sedang melihat barang ini; tidak ada yang dijawab.",
    ),
    "refused_unknown_cluster": ("The model knows no such cluster.", "Model tidak mengenal klaster itu."),
    "refused_no_letters": (
        "Its title has no letter and no digit: nothing can be learnt from it.",
        "Judulnya tidak memuat huruf atau angka: tidak ada yang dapat dipelajari.",
    ),
    "refused_not_latest": (
        "This answer cannot be taken back: it is not yours, is taken back already, or somebody answered after it.",
        "Jawaban ini tidak dapat ditarik: bukan milik Anda, sudah ditarik, atau ada jawaban setelahnya.",
    ),
    "refused_not_published": (
        "The brokers did not take it; look at your answers before you answer again.",
        "Pialang tidak menerimanya; lihat jawaban Anda sebelum menjawab lagi.",
    ),
    "protection": ("Protection", "Perlindungan"),
    "span_hours": ("48 hours", "48 jam"),
    "span_days": ("90 days", "90 hari"),
    "ago_hours": ("48 hours ago", "48 jam lalu"),
    "ago_days": ("90 days ago", "90 hari lalu"),
    "now": ("now", "sekarang"),
    "shares_words": (
        "Shares of decisions, as declared by the events, removals left out. Hours and days are in UTC.",
        "Bagian dari keputusan, menurut pernyataan peristiwa, tanpa penghapusan. Jam dan hari dalam UTC.",
    ),
    "counted_from": ("Counted from", "Dihitung sejak"),
    "local_sellers": ("Local sellers", "Penjual lokal"),
    "local_origin": ("Goods of local origin", "Barang asal lokal"),
    "none_counted": ("nothing counted", "belum ada hitungan"),
    "by_cluster": ("By cluster", "Menurut klaster"),
    "decisions": ("decisions", "keputusan"),
    "local_sellers_of": ("local / all sellers", "penjual lokal / semua"),
    "by_local": ("of local sellers", "dari penjual lokal"),
    "origin_unknown": ("origin not declared", "asal tidak dinyatakan"),
    "clusters_words": (
        "Each seller is counted once, exactly up to 256 of a kind and by a sample above that. Local origin is a share"
        " of what declares one.",
        "Setiap penjual dihitung sekali, tepat hingga 256 per jenis, di atas itu dengan sampel. Asal lokal adalah"
        " bagian dari yang menyatakan asal.",
    ),
    "closure": ("What the closure changed", "Apa yang diubah oleh penutupan"),
    "closure_words": (
        "Share of decisions that block, in the {} days before each phase began and in as many since.",
        "Bagian keputusan yang memblokir, {} hari sebelum setiap tahap mulai dan selama itu sesudahnya.",
    ),
    "before": ("Before", "Sebelum"),
    "after": ("Since", "Sesudah"),
    "none_counted_beside": (
        "Nothing was counted around its start: the console counts from its own beginning.",
        "Tidak ada hitungan di sekitar mulainya: konsol menghitung sejak ia sendiri mulai.",
    ),
    "uptake": ("Who took the TKDN advice", "Siapa yang mengikuti saran TKDN"),
    "advised": ("sellers advised", "penjual diberi saran"),
    "took_either": ("took it up, at least", "mengikutinya, sedikitnya"),
    "took_local": ("with goods of local origin", "dengan barang asal lokal"),
    "took_tkdn": ("with a TKDN stated", "dengan TKDN disebut"),
    "uptake_words": (
        "Somebody took it up where, after it, a new listing of theirs, or one that it was about, is declared to be of"
        " local origin or states a TKDN. Goods that were changed without an event saying so cannot be counted.",
        "Saran diikuti bila sesudahnya barang baru penjual itu, atau barang yang diberi saran, dinyatakan berasal lokal"
        " atau menyebut TKDN. Perubahan yang tidak disebut peristiwa tidak dapat dihitung.",
    ),
    "none_advises": ("No rule in force advises it.", "Tidak ada aturan berlaku yang menyarankannya."),
    "calendar": ("Calendar", "Kalender"),
    "in_force": ("in force", "berlaku"),
    "coming": ("coming", "akan berlaku"),
    "ended": ("ended", "berakhir"),
    "superseded": ("superseded", "digantikan"),
    "replaced": ("replaced", "diganti"),
    "no_phase": ("nothing in force", "tidak ada yang berlaku"),
    "rule": ("Rule", "Aturan"),
    "asks_for": ("Asks for", "Meminta"),
    "says": ("Says", "Bunyinya"),
    "cases": ("Cases", "Kasus"),
    "cases_words": (
        "Of the policies in this console's folder, run now.",
        "Dari kebijakan di folder konsol ini, dijalankan sekarang.",
    ),
    "passed": ("passed", "lulus"),
    "failed": ("failed", "gagal"),
    "no_cases": ("no cases", "tidak ada kasus"),
    "shelf": ("Shelf", "Rak"),
    "card": ("Card", "Kartu"),
    "learnt": ("learnt from", "belajar dari"),
    "abstains": ("abstains below", "abstain di bawah"),
    "champion": ("Champion", "Juara"),
    "challenger": ("Challenger", "Penantang"),
    "no_challenger": ("No challenger decides beside it.", "Tidak ada penantang di sampingnya."),
    "pair": ("pair", "pasangan"),
    "model": ("model", "model"),
    "policies": ("policies", "kebijakan"),
    "workers": ("Workers", "Pekerja"),
    "worker": ("Worker", "Pekerja"),
    "answer": ("Answer", "Jawaban"),
    "no_workers": (
        "No worker has said on the control topic what it runs.",
        "Belum ada pekerja yang menyatakan di topik kontrol apa yang dijalankannya.",
    ),
    "control_says": ("Control says", "Kontrol menyatakan"),
    "control_unread": ("The control record cannot be read.", "Rekaman kontrol tidak terbaca."),
    "differences": ("Where the shadow decides otherwise", "Di mana bayangan memutuskan lain"),
    "differences_words": (
        "Only some are published: nothing can be counted from them.",
        "Hanya sebagian diterbitkan: jumlahnya tidak dapat dihitung dari sini.",
    ),
    "effect": ("Effect", "Akibat"),
    "no_differences": ("None was published.", "Tidak ada yang diterbitkan."),
    "drift": ("Drift", "Pergeseran"),
    "drift_words": (
        "The newest decisions that are kept, beside the live model's profile. Titles:",
        "Keputusan terbaru yang disimpan, dibandingkan dengan profil model yang berlaku. Judul:",
    ),
    "drift_profile": ("Profile", "Profil"),
    "drift_entry": (
        "That is no shop: beside it every shop has drifted. `keran profile` makes a profile of your own listings.",
        "Itu bukan toko: di sampingnya setiap toko bergeser. `keran profile` membuat profil dari barang Anda sendiri.",
    ),
    "signal": ("Signal", "Sinyal"),
    "distance": ("Distance / limit", "Jarak / batas"),
    "state": ("State", "Keadaan"),
    "moved": ("What moved most: now (profile)", "Yang paling bergeser: kini (profil)"),
    "drifted": ("drifted", "bergeser"),
    "as_profile": ("as the profile", "sesuai profil"),
    "too_few": (
        "Too few titles to tell chance from drift; at least",
        "Judul terlalu sedikit untuk dinilai; paling sedikit",
    ),
    "no_profile": ("The live model has no profile.", "Model yang berlaku tidak memiliki profil."),
    "signal_cluster": ("cluster", "klaster"),
    "signal_score": ("score", "skor"),
    "signal_abstained": ("abstained", "abstain"),
    "signal_unseen": ("share of n-grams that the model says nothing about", "bagian n-gram yang tidak dikenal model"),
    "signal_script": ("script", "aksara"),
}


# The contradictions of `stream/decide/origin.py`, which says them in English.
CONFLICTS_IN_INDONESIAN = {
    "local_seller_ships_from_abroad": "penjual terdaftar sebagai lokal dan barang dikirim dari negara lain",
    "local_seller_registered_abroad": "jenis penjual lokal dan negara penjual adalah negara lain",
    "cross_border_seller_registered_here": "jenis penjual lintas negara dan negara penjual adalah negara pasar",
    "local_seller_title_says_abroad": "jenis penjual lokal dan judul menyebut barang dikirim dari luar negeri",
    "local_seller_title_says_long_wait": "jenis penjual lokal dan judul menyebut penantian sepuluh hari atau lebih",
    "local_goods_ship_from_abroad": "barang dinyatakan berasal dari negara pasar dan dikirim dari luar negeri",
    "priced_far_below_local": "jenis penjual lokal dan harga jauh di bawah harga barang lokal menurut tabel kebijakan",
}


def conflicts_of(language: str) -> Mapping[str, str]:
    """Give what each contradiction means, in a language."""
    return CONFLICTS_IN_INDONESIAN if language == "id" else CONFLICTS


def texts_of(language: str) -> dict[str, str]:
    """Give every text in a language.

    >>> texts_of("id")["live"]
    'Langsung'
    """
    place = list(LANGUAGES).index(language)
    return {name: both[place] for name, both in TEXTS.items()}
