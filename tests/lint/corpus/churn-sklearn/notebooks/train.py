import wandb
import joblib
from sklearn.linear_model import LogisticRegression

wandb.init(project="churn")
joblib.dump(LogisticRegression(), "models/churn.joblib")
