FROM python:3.9-slim
MAINTAINER Data Team <data@example.com>
ENV APP_HOME /app
WORKDIR $APP_HOME
COPY . ./
RUN pip install Flask==2.2 gunicorn scikit-learn==1.2.2
CMD exec gunicorn --bind :$PORT --workers 1 --threads 8 --timeout 0 main:app
