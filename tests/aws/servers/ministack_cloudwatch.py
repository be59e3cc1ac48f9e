"""What ministack's CloudWatch does otherwise than AWS; imported by both servers, put right as it is imported."""

from ministack.services import cloudwatch

# It forgets what is older than two weeks, looking through everything at each request; AWS keeps hours for 15 months.
cloudwatch._evict_old_metrics = lambda: None
