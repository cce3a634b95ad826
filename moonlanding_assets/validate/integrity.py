"""Does every row hold together? The validators of constraints and of stored kinds.

Holds the declarations; the comparisons are in constraints.py and kinds.py.
"""

from moonlanding_assets.validate import called, constraints, kinds
from moonlanding_assets.validate.validator import Validator

FK_CONSTRAINTS = Validator(
    name="fk_constraints",
    title="FK constraints",
    tables=constraints.JUDGED,
    examine=constraints.check_constraints,
    kind=called.Called,
)
DATA_TYPES = Validator(
    name="data_types",
    title="Data types",
    tables=kinds.JUDGED,
    examine=kinds.check_kinds,
    kind=kinds.Values,
)
