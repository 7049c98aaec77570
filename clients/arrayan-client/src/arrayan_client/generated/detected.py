from .base_model import BaseModel
from .fragments import DetectionEvent


class Detected(BaseModel):
    detected: "DetectedDetected"


DetectedDetected = DetectionEvent
