"""How often departments leave which kind of noise: one table, published in docs/population.md."""

from __future__ import annotations

from dataclasses import dataclass, field, fields


def _rate(default: float, what: str) -> float:
    rate: float = field(default=default, metadata={"what": what})
    return rate


@dataclass(frozen=True)
class Noise:
    """Rates between 0 and 1; each of the record or value that *what* names."""

    name_typo: float = _rate(0.025, "a name with one character wrong (Chinese: another one of the same sound)")
    name_swapped: float = _rate(0.025, "family and given name in each other's field")
    name_whole_in_family: float = _rate(0.08, "a Chinese name typed whole into the family name's field")
    name_traditional: float = _rate(0.06, "a Chinese name or company in traditional characters")
    name_pinyin: float = _rate(0.03, "a Chinese name in pinyin, with the given or the family name first")
    name_honorific_only: float = _rate(0.025, "a Chinese name of which only 王先生 is known")
    name_short_form: float = _rate(0.08, "a western given name in its short form (Bob for Robert)")
    name_initial: float = _rate(0.04, "a western given name as an initial (J. Smith)")
    name_untidy: float = _rate(0.05, "a name in capitals, with doubled or full-width blanks, or a blank inside")
    name_placeholder: float = _rate(0.008, "无, test, N/A or the like for a name")
    phone_missing: float = _rate(0.18, "a mobile number that the department does not have")
    phone_typo: float = _rate(0.02, "a number with one digit wrong or two digits swapped")
    phone_placeholder: float = _rate(0.012, "13800000000 or the like for a number")
    phone_stale: float = _rate(0.04, "a number that its owner has given up")
    phone_other_field: float = _rate(0.12, "a mobile number in the field of the landline")
    phone_two_in_one: float = _rate(0.015, "two numbers in one field")
    phone_full_width: float = _rate(0.02, "a number in full-width digits")
    phone_note: float = _rate(0.01, "a number with a remark behind it (微信同号)")
    switchboard: float = _rate(0.35, "a contact with its company's switchboard for a landline")
    mail_missing: float = _rate(0.22, "a mailbox that the department does not have (support: a quarter of this)")
    mail_typo: float = _rate(0.025, "a mailbox with a slip in its name or a wrong host (gmial.com)")
    mail_role: float = _rate(0.05, "info@, sales@ of the company in place of one's own mailbox")
    mail_placeholder: float = _rate(0.006, "test@test.com or the like")
    mail_stale: float = _rate(0.04, "the mailbox at an employer that was left")
    mail_untidy: float = _rate(0.06, "a mailbox with capitals, blanks around it, or a full-width @")
    mail_family: float = _rate(0.6, "the family's mailbox in place of one's own, where the household has one")
    company_short: float = _rate(0.12, "a company by its brand alone")
    company_no_form: float = _rate(0.16, "a company without its legal form")
    company_no_place: float = _rate(0.1, "a Chinese company without its place")
    company_brackets: float = _rate(0.1, "a Chinese company with its place in brackets, full or half width")
    company_english: float = _rate(0.03, "a Chinese company by its English name")
    company_form_variant: float = _rate(0.12, "another spelling of the legal form (Limited for Ltd, 公司 for 有限公司)")
    company_typo: float = _rate(0.02, "a company with one character wrong")
    company_stale: float = _rate(0.03, "a person's earlier employer")
    address_missing: float = _rate(0.5, "an address that the department does not have")
    address_typo: float = _rate(0.02, "a street with one character wrong")
    address_one_line: float = _rate(0.35, "a Chinese address typed whole into the street's field")
    duplicate: float = _rate(0.05, "a record that is there twice in one system")
    same_name_colleague: float = _rate(0.003, "a person with the very name of a colleague, at one switchboard")
    household: float = _rate(0.25, "a private customer with a relative among the customers")
    bulk_touched: float = _rate(0.06, "a record whose modified time is that of a bulk job, not of an edit")
    undecidable: float = _rate(0.012, "a record that nothing solid ties to its customer's other records")


def table(noise: Noise) -> list[tuple[str, float, str]]:
    """Return the rows (name, rate, what it is the rate of) in the order of the table."""
    return [(one.name, getattr(noise, one.name), one.metadata["what"]) for one in fields(noise)]


def page_table(noise: Noise) -> str:
    """Return the rates as the table of docs/population.md."""
    rows = [f"| `{name}` | {rate:.1%} | {what} |" for name, rate, what in table(noise)]
    return "\n".join(["| rate | default | of |", "| --- | --- | --- |", *rows])
