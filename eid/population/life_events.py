"""The words and rules of a life, under the name that they had before they became a package."""

from eid.population.life.kinds import LifeEventKind as LifeEventKind
from eid.population.life.kinds import MaritalStatus as MaritalStatus
from eid.population.life.kinds import Relation as Relation
