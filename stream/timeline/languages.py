"""The sentences about a calendar in English and Indonesian: a word for each in, a template out, times put in as text.

Names of phases, rules and the policies' own words are not here: they are said as they are.
"""

from collections.abc import Mapping

Words = Mapping[str, str]

# Name -> (English, Indonesian).
_BOTH: Mapping[str, tuple[str, str]] = {
    "year": ("year", "tahun"),
    "month": ("month", "bulan"),
    "week": ("week", "minggu"),
    "day": ("day", "hari"),
    "rule": ("rule", "aturan"),
    "phase": ("phase", "tahap"),
    "moments": ("as of {on} in {zone}, {known}", "per {on} di {zone}, {known}"),
    "known_then": ("as known then", "seperti diketahui saat itu"),
    "known_on": ("as known on {at}", "seperti diketahui pada {at}"),
    "note": ("note", "catatan"),
    "in force": ("in force", "berlaku"),
    "next": ("next", "berikutnya"),
    "review": ("review", "peninjauan"),
    "left out": ("left out", "ditinggalkan"),
    "left_out": ("{phases} published later than is asked for", "{phases} terbit sesudah saat yang ditanyakan"),
    "replaced": (
        "by a phase that was published later and begins in the same second, {at}",
        "oleh tahap yang terbit sesudahnya dan mulai pada detik yang sama, {at}",
    ),
    "never": (
        "by phase {by}; it would have begun {at}",
        "oleh tahap {by}; seharusnya mulai {at}",
    ),
    "span": ("from {begins}, {until}{by}", "sejak {begins}, {until}{by}"),
    "until": ("until {at}", "sampai {at}"),
    "no_end": ("no end is known", "akhirnya belum diketahui"),
    "by": (", by phase {by}", ", oleh tahap {by}"),
    "superseded_by": (", superseded by phase {by}", ", digantikan oleh tahap {by}"),
    "retroactive": (
        "retroactive: published {at}, decisions before that did not know it",
        "berlaku surut: terbit {at}, keputusan sebelumnya tidak mengetahuinya",
    ),
    "published": ("published {at}", "terbit {at}"),
    "nothing": ("nothing", "tidak ada"),
    "no_rules": ("no rules, so it asks nothing", "tanpa aturan, jadi tidak meminta apa pun"),
    "since": ("phase {phase} since {at}, {rules}", "tahap {phase} sejak {at}, {rules}"),
    "no_change": ("no change is known", "belum ada perubahan yang diketahui"),
    "phase_from": ("phase {phase} from {at}", "tahap {phase} sejak {at}"),
    "nothing_from": ("nothing in force from {at}", "tidak ada yang berlaku sejak {at}"),
    "no_review": ("none asked for", "tidak diminta"),
    "every": ("every {duration}", "setiap {duration}"),
    "none_in_force": ("{rhythm} of a phase in force; none is", "{rhythm} dari tahap yang berlaku; tidak ada"),
    "no_date": ("never", "tidak pernah"),
    "counted_from": (
        "{rhythm} from the beginning of phase {phase}",
        "{rhythm} sejak awal tahap {phase}",
    ),
    "review_next": ("next {following}, {counted}", "berikutnya {following}, {counted}"),
    "review_due": (
        "due since {first}, {counted}: {times} so far, next {following}",
        "jatuh tempo sejak {first}, {counted}: {times} sejauh ini, berikutnya {following}",
    ),
    "once": ("once", "sekali"),
    "times": ("{count} times", "{count} kali"),
}


ENGLISH, INDONESIAN = ({name: both[place] for name, both in _BOTH.items()} for place in (0, 1))


def words_of(language: str) -> Words:
    """Give every template in a language, `en` or `id`.

    >>> words_of("id")["no_end"]
    'akhirnya belum diketahui'
    """
    return INDONESIAN if language == "id" else ENGLISH
