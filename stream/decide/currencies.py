"""The currencies that policies and rate tables may name: ISO 4217 codes of today, and those that ended after 2015.

Codes of funds, metals and tests are left out: nothing is priced in them.
"""

from stream.problems import did_you_mean

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BYR BZD CAD
    CDF CHF CLP CNY COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR
    LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN
    PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL
    THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VEF VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR
    ZMW ZWG ZWL
    """.split()  # noqa: SIM905 - two hundred quotes hide a wrong one
)


def near_currency(found: str) -> str:
    """Give ``, did you mean `x`?`` for the code that was likely meant; letters that changed places come first.

    >>> near_currency("UDS"), near_currency("QQQ")
    (', did you mean `USD`?', '')
    """
    return did_you_mean(found, [code for code in CURRENCIES if sorted(code) == sorted(found)] or sorted(CURRENCIES))
