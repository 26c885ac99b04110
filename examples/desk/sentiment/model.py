"""How a sentence feels, by a lexicon of rated words (Hutto and Gilbert, "VADER", ICWSM 2014)."""

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

# The thresholds that VADER's authors recommend for its compound score.
POSITIVE, NEGATIVE = 0.05, -0.05


class Model:
    examples = ("What a lovely day!", "The queue was long and the coffee awful.")

    def load(self):
        self.analyzer = SentimentIntensityAnalyzer()

    def predict(self, text: str) -> dict:
        """Label a text; ``score`` goes from -1, all bad, to 1, all good."""
        score = self.analyzer.polarity_scores(text)["compound"]
        if score >= POSITIVE:
            label = "positive"
        elif score <= NEGATIVE:
            label = "negative"
        else:
            label = "neutral"
        return {"label": label, "score": round(score, 4)}
