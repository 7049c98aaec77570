from .base_model import BaseModel
from .fragments import ClassificationEvent


class Classified(BaseModel):
    classified: "ClassifiedClassified"


ClassifiedClassified = ClassificationEvent
