"""The modules of the simulated organisation and their fields, stock ones and a few that an administrator added.

Room: connectors/zoho_crm sandbox; pure data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from connectors.zoho_crm.sandbox.switches import Switches

BINDING = "Crmhub_Binding"


@dataclass(frozen=True)
class FieldSpec:
    """One field: *length* in characters (0: none), *lookup* the module that it points to."""

    api_name: str
    data_type: str = "text"
    length: int = 0
    mandatory: bool = False
    custom: bool = False
    read_only: bool = False
    unique: bool = False
    external: bool = False
    lookup: str | None = None
    options: tuple[str, ...] = ()

    @property
    def json_type(self) -> str:
        """Return the JSON type that Zoho documents for this data type."""
        return _JSON_TYPE.get(self.data_type, "string")


@dataclass(frozen=True)
class Module:
    """One module; *name_field* is what lookups show, *check_field* what an upsert matches on by default."""

    api_name: str
    singular: str
    name_field: str
    check_field: str
    fields: tuple[FieldSpec, ...]

    def field(self, name: str) -> FieldSpec | None:
        """Return a field by its API name."""
        return self.by_name.get(name)

    @property
    def by_name(self) -> Mapping[str, FieldSpec]:
        """Return the fields by API name."""
        return _index(self)


_INDEX: dict[int, tuple[Module, Mapping[str, FieldSpec]]] = {}


def _index(module: Module) -> Mapping[str, FieldSpec]:
    kept = _INDEX.get(id(module))
    if kept is None or kept[0] is not module:
        kept = _INDEX[id(module)] = (module, {field.api_name: field for field in module.fields})
    return kept[1]


_JSON_TYPE = {
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "multiselectpicklist": "jsonarray",
    "tag": "jsonarray",
    "boolean": "boolean",
    "integer": "integer",
    "currency": "double",
    "double": "double",
    "subform": "jsonarray",
}


def _text(names: str, length: int, kind: str = "text") -> tuple[FieldSpec, ...]:
    return tuple(FieldSpec(name, kind, length) for name in names.split())


def _address(prefix: str, code: str) -> tuple[FieldSpec, ...]:
    street = FieldSpec(f"{prefix}Street", "text", 250)
    return (street, *_text(f"{prefix}City {prefix}State {prefix}Country", 100), FieldSpec(code, "text", 30))


def _picklist(name: str, options: str, *, custom: bool = False) -> FieldSpec:
    return FieldSpec(name, "picklist", 120, options=tuple(options.split(",")), custom=custom)


_AUDIT = (
    FieldSpec("Owner", "ownerlookup"),
    FieldSpec("Created_By", "ownerlookup", read_only=True),
    FieldSpec("Modified_By", "ownerlookup", read_only=True),
    FieldSpec("Created_Time", "datetime", read_only=True),
    FieldSpec("Modified_Time", "datetime", read_only=True),
    FieldSpec("Last_Activity_Time", "datetime", read_only=True),
    FieldSpec("Tag", "tag"),
    FieldSpec("Record_Status__s", "picklist", 120, read_only=True),
    FieldSpec("Locked__s", "boolean", read_only=True),
    FieldSpec("Description", "textarea", 32_000),
)
_PERSON = (
    _picklist("Salutation", "Mr.,Mrs.,Ms.,Dr.,Prof."),
    FieldSpec("First_Name", "text", 40),
    FieldSpec("Last_Name", "text", 80, mandatory=True),
    FieldSpec("Full_Name", "text", 120, read_only=True),
    *_text("Email Secondary_Email", 100, "email"),
    *_text("Phone Mobile", 30, "phone"),
    FieldSpec("Fax", "text", 30),
    _picklist("Lead_Source", "Advertisement,Cold Call,Employee Referral,Partner,Trade Show,Web Download"),
    FieldSpec("Email_Opt_Out", "boolean"),
    FieldSpec("Unsubscribed_Mode", "picklist", 120, read_only=True),
    FieldSpec("Unsubscribed_Time", "datetime", read_only=True),
    *_text("Twitter Skype_ID", 50),
    FieldSpec("WeChat", "text", 50, custom=True),
)
_SALES = (
    _picklist("Industry", "Financial Services,Manufacturing,Technology,Real Estate,Communications"),
    FieldSpec("Annual_Revenue", "currency", 16),
)
_RATINGS = "A,B,C,D"
_BINDING = FieldSpec(BINDING, "text", 64, custom=True, unique=True)

_MODULES = (
    Module(
        "Leads",
        "Lead",
        "Full_Name",
        "Email",
        (
            *_PERSON,
            FieldSpec("Company", "text", 200),
            FieldSpec("Designation", "text", 100),
            FieldSpec("Website", "website", 255),
            *_address("", "Zip_Code"),
            _picklist("Lead_Status", "Attempted to Contact,Contact in Future,Contacted,Junk Lead,Not Contacted"),
            _picklist("Rating", _RATINGS),
            *_SALES,
            FieldSpec("No_of_Employees", "integer", 9),
            FieldSpec("Converted__s", "boolean", read_only=True),
            FieldSpec("Converted_Date_Time", "datetime", read_only=True),
            FieldSpec("Converted_Account", "lookup", read_only=True, lookup="Accounts"),
            FieldSpec("Converted_Contact", "lookup", read_only=True, lookup="Contacts"),
            FieldSpec("Converted_Deal", "lookup", read_only=True, lookup="Deals"),
            *_AUDIT,
        ),
    ),
    Module(
        "Contacts",
        "Contact",
        "Full_Name",
        "Email",
        (
            *_PERSON,
            FieldSpec("Account_Name", "lookup", lookup="Accounts"),
            FieldSpec("Title", "text", 100),
            FieldSpec("Department", "text", 50),
            *_text("Home_Phone Other_Phone Asst_Phone", 30, "phone"),
            FieldSpec("Assistant", "text", 100),
            *_address("Mailing_", "Mailing_Zip"),
            *_address("Other_", "Other_Zip"),
            FieldSpec("Reporting_To", "lookup", lookup="Contacts"),
            FieldSpec("Date_of_Birth", "date"),
            FieldSpec("Open_Cases", "integer", 9, custom=True),
            FieldSpec("Last_Contact", "date", custom=True),
            FieldSpec("Last_Feedback", "text", 120, custom=True),
            _picklist("Rating", _RATINGS, custom=True),
            *_AUDIT,
        ),
    ),
    Module(
        "Accounts",
        "Account",
        "Account_Name",
        "Account_Name",
        (
            FieldSpec("Account_Name", "text", 200, mandatory=True),
            FieldSpec("Phone", "phone", 30),
            FieldSpec("Fax", "text", 30),
            FieldSpec("Website", "website", 255),
            FieldSpec("Account_Number", "bigint", 18),
            FieldSpec("Account_Site", "text", 80),
            *_address("Billing_", "Billing_Code"),
            *_address("Shipping_", "Shipping_Code"),
            _picklist("Account_Type", "Analyst,Competitor,Customer,Distributor,Partner,Prospect,Vendor"),
            _picklist("Ownership", "Private,Public,Subsidiary,Government"),
            _picklist("Rating", _RATINGS),
            *_SALES,
            FieldSpec("Employees", "integer", 9),
            FieldSpec("Parent_Account", "lookup", lookup="Accounts"),
            FieldSpec("USCC", "text", 18, custom=True),
            *_AUDIT,
        ),
    ),
    Module(
        "Deals",
        "Deal",
        "Deal_Name",
        "Deal_Name",
        (
            FieldSpec("Deal_Name", "text", 120, mandatory=True),
            _picklist("Stage", "Qualification,Needs Analysis,Negotiation/Review,Closed Won,Closed Lost"),
            FieldSpec("Amount", "currency", 16),
            FieldSpec("Closing_Date", "date"),
            FieldSpec("Pipeline", "picklist", 120),
            FieldSpec("Account_Name", "lookup", lookup="Accounts"),
            FieldSpec("Contact_Name", "lookup", lookup="Contacts"),
            *_AUDIT,
        ),
    ),
)


def modules_of(switches: Switches) -> dict[str, Module]:
    """Return the modules as this organisation's administrator left them."""
    return {module.api_name: _customised(module, switches) for module in _MODULES}


def _customised(module: Module, switches: Switches) -> Module:
    fields = [
        replace(field, unique=True) if field.api_name == "Email" and switches.unique_email == "yes" else field
        for field in module.fields
    ]
    if switches.binding_field != "missing":
        fields.append(replace(_BINDING, unique=switches.binding_field == "unique"))
    return replace(module, fields=tuple(fields))
