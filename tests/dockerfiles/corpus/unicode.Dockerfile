FROM a
LABEL name="日本語" maker=Zoë
RUN echo "ünï" && echo 🚀 
ENV CAFÉ=1
